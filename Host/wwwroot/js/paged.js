import { h, updateChildren } from './dom.js';
import { t } from './language.js';
import { doing } from './notice.js';
import { keep, kept } from './place.js';

const most = 100;

/**
 * A list that is loaded page by page into an element: all of it can be seen, and Back finds as much as was shown.
 *
 * @param options `get` asks for a page by its parameters, `each` makes an entry with a `data-key`, `none` what stands
 * in place of no entries, `name` tells lists of one place apart.
 * @returns the button that goes on, and `load`, which begins anew.
 */
export function paged(element, { name, size, get, each, none }) {
  let cursor = null;
  const more = h('button', { class: 'secondary', type: 'button', hidden: true, onclick: () => doing(more, goOn) },
    t('more'));

  async function page(limit) {
    const parameters = new URLSearchParams({ limit });
    if (cursor) parameters.set('cursor', cursor);
    const { items, nextCursor } = await get(parameters);
    cursor = nextCursor;
    more.hidden = nextCursor === null;
    return items;
  }

  async function goOn() {
    element.append(...(await page(size)).map(each));
    keep({ [name]: element.childElementCount });
  }

  /** @returns how many entries there are now. */
  async function load() {
    const shown = kept()[name] ?? size;
    cursor = null;
    const items = await page(Math.min(most, Math.max(size, shown)));
    while (cursor !== null && items.length < shown) items.push(...await page(size));
    // In place: what stays keeps its focus.
    updateChildren(element, ...(items.length > 0 ? items.map(each) : [none()]));
    return items.length;
  }

  return { more, load };
}
