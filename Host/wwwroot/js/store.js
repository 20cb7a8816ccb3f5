import { Api } from './api.js';
import { Intents } from './intents.js';
import { Session } from './session.js';

export const session = new Session();
export const api = new Api(session);
export const intents = new Intents('shop.intents', api, session);

/** The address of something that belongs to who is signed in. */
export const mine = (path) => `/users/${session.user.userId}${path}`;

const empty = { items: [], itemsAmount: 0 };

/**
 * The cart as the shop last told it; says so with the event `change`. One request at a time, so that the last answer is
 * the latest. `changing` counts the changes that are under way, and is an event too.
 */
class Cart extends EventTarget {
  contents = empty;
  changing = 0;
  #last = Promise.resolve();

  async load(signal) {
    return this.#take(async () => session.signedIn ? api.get(mine('/cart'), signal) : empty);
  }

  add({ productId, name }, quantity) {
    return this.#change(async () => {
      const wanted = { productId, quantity };
      const { answer, earlier } = await intents.act('cart', { name, quantity }, mine('/cart/items'), wanted);
      return earlier ? api.get(mine('/cart')) : answer;
    });
  }

  set(productId, quantity) {
    return this.#change(() => api.put(mine(`/cart/items/${productId}`), { quantity }));
  }

  clear() {
    return this.#change(async () => {
      await api.delete(mine('/cart'));
      return empty;
    });
  }

  async #change(request) {
    this.#changing(1);
    try {
      return await this.#take(request);
    } finally {
      this.#changing(-1);
    }
  }

  #changing(more) {
    this.changing += more;
    this.dispatchEvent(new Event('changing'));
  }

  async #take(request) {
    const before = this.#last;
    let done;
    this.#last = new Promise((resolve) => { done = resolve; });
    await before;
    try {
      this.contents = await request();
    } finally {
      done();
    }
    this.dispatchEvent(new Event('change'));
    return this.contents;
  }
}

export const cart = new Cart();
