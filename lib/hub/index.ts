export type { HubOptions, HubProgress } from './settings.js';
