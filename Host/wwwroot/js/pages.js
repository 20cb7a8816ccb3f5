import { h } from './dom.js';
import { t } from './language.js';
import { doing } from './notice.js';

/**
 * The pages of a list, one after the other. The newest beginning wins: a page of a list that began before is not shown.
 *
 * @param get asks for a page by its parameters, until a signal.
 * @param add shows the entries of a page after those that are there.
 * @returns `first` and `next`, which give entries, `more`, the button that shows the next page, and `isLast`.
 */
export function pages({ size, get, add }) {
  let cursor = null;
  let asked = new AbortController();
  const more = h('button', { class: 'secondary', type: 'button', hidden: true,
    onclick: () => doing(more, async () => add(await next())) }, t('more'));

  async function page(limit) {
    const { signal } = asked;
    const parameters = new URLSearchParams({ limit });
    if (cursor !== null) parameters.set('cursor', cursor);
    const { items, nextCursor } = await get(parameters, signal);
    signal.throwIfAborted();
    cursor = nextCursor;
    more.hidden = cursor === null;
    return items;
  }

  const next = () => page(size);

  function first(limit = size) {
    asked.abort();
    asked = new AbortController();
    cursor = null;
    // Another list begins: the button belongs to the one before.
    more.hidden = true;
    return page(limit);
  }

  return { first, next, more, get isLast() { return cursor === null; } };
}
