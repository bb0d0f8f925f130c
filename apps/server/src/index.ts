export { AdminListener } from './admin-listener.js';
export { createApp } from './bootstrap.js';
