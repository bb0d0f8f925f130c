export { AdminListener } from './admin-listener.js';
export { createApp } from './bootstrap.js';
export { AppModule } from './app.module.js';
export { fetchModel, wantedModel } from './hub/fetch-model.js';
