import { updateChildren } from './dom.js';
import { pages } from './pages.js';
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
  const list = pages({ size, get, add });

  function add(items) {
    element.append(...items.map(each));
    keep({ [name]: element.childElementCount });
  }

  /** @returns how many entries there are now. */
  async function load() {
    const shown = kept()[name] ?? size;
    const items = await list.first(Math.min(most, Math.max(size, shown)));
    while (!list.isLast && items.length < shown) items.push(...await list.next());
    // In place: an entry that stays keeps its focus.
    updateChildren(element, ...(items.length > 0 ? items.map(each) : [none()]));
    return items.length;
  }

  return { more: list.more, load };
}
