import { Api } from '../js/api.js';
import { Intents } from '../js/intents.js';
import { Session } from '../js/session.js';

export const session = new Session();
export const api = new Api(session);
export const intents = new Intents('shop.operator.intents', api, session);

/** Rows of a list, page by page, with a button for the next. */
export const pageOf = (path, cursor) =>
  `${path}${path.includes('?') ? '&' : '?'}limit=25${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
