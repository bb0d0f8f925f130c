export { AdminListener } from './admin-listener.js';
export { createApp } from './bootstrap.js';
export { AppModule } from './app.module.js';
export { fetchModel, wantedModels } from './hub/fetch-model.js';
