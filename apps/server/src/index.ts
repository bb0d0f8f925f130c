export { createApp } from './bootstrap.js';
