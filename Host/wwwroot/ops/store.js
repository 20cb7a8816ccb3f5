import { Api } from '../js/api.js';
import { Intents } from '../js/intents.js';
import { Session } from '../js/session.js';

export const session = new Session();
export const api = new Api(session);
export const intents = new Intents('shop.operator.intents', api, session);

/** Whether the signed-in user has a permission. The shop has the last word on each request. */
export const may = (permission) => session.user?.permissions?.includes(permission) ?? false;
