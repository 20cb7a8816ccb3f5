import { Api } from '../js/api.js';
import { Intents } from '../js/intents.js';
import { Session } from '../js/session.js';

// Apart from the storefront's: who works here may shop there as somebody else.
export const session = new Session('shop.operator');
export const api = new Api(session);
export const intents = new Intents('shop.operator.intents', api, session);

/** Rows of a list, page by page, with a button for the next. */
export const pageOf = (path, cursor) =>
  `${path}${path.includes('?') ? '&' : '?'}limit=25${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
