export { AdminListener } from './admin-listener.js';
export { createApp } from './bootstrap.js';
export { AppModule } from './app.module.js';
export { ConfiguredModel, type Ports } from './configured-model.js';
export { hubCacheFolder } from './hub/hub-config.js';
