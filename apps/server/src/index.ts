export { listenForProbes } from './admin-listener.js';
export { createApp } from './bootstrap.js';
