import { Problem } from './http.js';

// One intent of a person, one Idempotency-Key: the key is kept until it is known what became of the intent.

// The shop keeps an answer for 24 hours. The rest is for a clock that is off and a request that is slow.
const goodFor = (24 * 60 - 15) * 60_000;

// Refusals that are decided before the key is looked at: they say nothing about an attempt of before.
const beforeTheKey = new Set([401, 403, 408, 413, 415, 429]);

// A request that never does anything. Under a key that was used it is answered with `idempotency.key_reused`.
const question = ['/orders/00000000-0000-0000-0000-000000000000/cancel', {}];

/**
 * The intents of a tab whose outcome is not known yet: one of each kind for each user, in sessionStorage.
 * Events: `change` (what is unknown), `outcome` with `detail: { intent, outcome, answer?, problem? }`, where `outcome`
 * is DONE, REFUSED, NOT_DONE or FORGOTTEN (too old to be asked about).
 */
export class Intents extends EventTarget {
  #storageKey;
  #api;
  #session;
  #running = new Map();
  #checking;

  constructor(storageKey, api, session) {
    super();
    this.#storageKey = storageKey;
    this.#api = api;
    this.#session = session;
  }

  get storageKey() {
    return this.#storageKey;
  }

  /** The user of the intents. */
  get userId() {
    return this.#session.user?.userId;
  }

  /** Intents of the signed-in user whose outcome is not known. */
  get unknown() {
    return this.#mine().filter((intent) => !intent.told && !this.#running.get(intent.kind)?.same);
  }

  /**
   * Does what a person wants, once. A repeat of the same intent carries the same key. A different one of that kind
   * waits until it is known what became of the first, which is told with `outcome`, and has a key of its own.
   *
   * @param what what the person saw when deciding; with the request it tells one intent from another.
   * @returns the answer, and whether it is that of an earlier attempt.
   */
  async act(kind, what, path, body) {
    const wanted = { kind, userId: this.userId, what, path, body };
    if (wanted.userId === undefined) throw new Problem(401, { code: 'auth.unauthenticated' });
    const same = sameOf(wanted);
    for (let running; (running = this.#running.get(kind));) {
      if (running.same === same) return running.promise;
      await running.promise.catch(() => undefined);
    }
    const promise = this.#act(wanted, same).finally(() => {
      this.#running.delete(kind);
      this.#changed();
    });
    this.#running.set(kind, { same, promise });
    return promise;
  }

  async #act(wanted, same) {
    let intent = this.#find(wanted.kind, wanted.userId);
    if (intent && (isOld(intent) || sameOf(intent) !== same)) {
      if (await this.#resolve(intent) === undefined) throw new Problem(0, { code: 'intent.unknown' });
      intent = undefined;
    }
    const again = intent !== undefined;
    intent = { ...wanted, key: intent?.key ?? newKey(), at: intent?.at ?? Date.now(), unsure: again };
    this.#keep(intent);
    try {
      const { body, replayed } = await this.#api.once(intent, intent.path, intent.body);
      this.#drop(intent);
      return { answer: body, earlier: again && replayed };
    } catch (problem) {
      const unsure = intent.unsure || problem.unsure;
      if (!isUnknown(problem) && !(unsure && beforeTheKey.has(problem.status))) {
        this.#drop(intent);
        throw problem;
      }
      this.#keep({ ...intent, unsure: true });
      throw problem instanceof Problem ? new Problem(problem.status, { code: 'intent.unsure' }) : problem;
    }
  }

  /** Asks what became of everything that is unknown. Changes nothing in the shop, so it can be done at any time. */
  check() {
    this.#checking ??= this.#check().finally(() => { this.#checking = undefined; });
    return this.#checking;
  }

  async #check() {
    for (const { kind, userId } of this.unknown) {
      const intent = this.#find(kind, userId);
      if (!intent || this.#running.has(kind)) continue;
      const promise = this.#resolve(intent).finally(() => {
        this.#running.delete(kind);
        this.#changed();
      });
      this.#running.set(kind, { promise });
      await promise;
    }
  }

  /** @returns the outcome, or undefined where it can't be known now. */
  async #resolve(intent) {
    if (isOld(intent)) return this.#settle(intent, { outcome: 'FORGOTTEN' });
    const done = await this.#wasDone(intent);
    if (done === undefined) return undefined;
    if (!done) return this.#settle(intent, { outcome: 'NOT_DONE' });
    try {
      const { body } = await this.#api.once(intent, intent.path, intent.body);
      return this.#settle(intent, { outcome: 'DONE', answer: body });
    } catch (problem) {
      if (isUnknown(problem) || beforeTheKey.has(problem.status)) return undefined;
      if (problem.code === 'idempotency.answer_not_kept') return this.#settle(intent, { outcome: 'DONE' });
      return this.#settle(intent, { outcome: 'REFUSED', problem });
    }
  }

  async #wasDone(intent) {
    try {
      await this.#api.once(intent, ...question);
    } catch (problem) {
      if (problem.code === 'idempotency.key_reused') return true;
      if (problem.code === 'orders.not_found') return false;
      if (!(problem instanceof Problem)) throw problem;
    }
    return undefined;
  }

  // An intent that did not happen keeps its key: a request still under way can then not happen beside its repeat.
  #settle(intent, told) {
    if (this.userId !== intent.userId) return undefined;
    if (told.outcome === 'NOT_DONE') this.#keep({ ...intent, told: true });
    else this.#drop(intent);
    const known = intent.told && (told.outcome === 'NOT_DONE' || told.outcome === 'FORGOTTEN');
    if (!known) this.dispatchEvent(new CustomEvent('outcome', { detail: { intent, ...told } }));
    return told.outcome;
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }

  #all() {
    return JSON.parse(sessionStorage.getItem(this.#storageKey) ?? '[]');
  }

  #mine() {
    return this.#all().filter(({ userId }) => userId === this.userId);
  }

  #find(kind, userId) {
    return this.#all().find((intent) => intent.kind === kind && intent.userId === userId);
  }

  #keep(intent) {
    this.#store([...this.#others(intent), intent]);
  }

  #drop(intent) {
    this.#store(this.#others(intent));
  }

  // Those of other users that are too old are cleared away; the signed-in user's are told of first.
  #others({ kind, userId }) {
    return this.#all().filter((other) => other.userId === userId ? other.kind !== kind : !isOld(other));
  }

  #store(intents) {
    if (intents.length === 0) sessionStorage.removeItem(this.#storageKey);
    else sessionStorage.setItem(this.#storageKey, JSON.stringify(intents));
  }
}

const sameOf = ({ userId, path, body, what }) => JSON.stringify([userId, path, body, what]);

// A clock that was set back makes an intent old too: its age is not known.
const isOld = ({ at }) => Date.now() - at > goodFor || at > Date.now() + 60_000;

const isUnknown = (problem) => !(problem instanceof Problem) || problem.unanswered;

// The browser has randomUUID for https and localhost alone.
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
