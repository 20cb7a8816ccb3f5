import { h } from '../js/dom.js';
import { number, t } from '../js/language.js';
import { pages } from '../js/pages.js';
import { part } from '../js/part.js';
import { address, keepQuery } from './address.js';
import { api } from './store.js';

const pauseBeforeSearch = 250;

/**
 * A table whose rows are cards on a phone. The first cell of a row names it.
 *
 * @param columns names of texts; one that ends with `#` is of numbers.
 */
export function table(name, columns, rows) {
  const heads = columns.map((column) => [column.replace(/#$/, ''), column.endsWith('#') && 'number']);
  const head = ([column, look]) => h('th', { scope: 'col', role: 'columnheader', class: look }, t(column));
  const cell = (content, index) => {
    const [column, look] = heads[index];
    const attributes = { class: look, 'data-label': t(column) };
    return index === 0
      ? h('th', { ...attributes, scope: 'row', role: 'rowheader' }, content)
      : h('td', { ...attributes, role: 'cell' }, content);
  };
  const body = h('tbody', { role: 'rowgroup' });
  const add = (more) => body.append(...more.map((cells) => h('tr', { role: 'row' }, cells.map(cell))));
  add(rows);
  const element = h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': name },
    h('table', { class: 'cards', role: 'table' },
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, heads.map(head))), body));
  return { element, add, clear: () => body.replaceChildren() };
}

/**
 * The pages of a list of the API.
 *
 * @param path gives the address of the list, with its filters: those of its beginning hold for all of its pages.
 */
export function pagesOf({ path, size = 25, add, signal }) {
  let asked;
  const list = pages({
    size,
    add,
    get: (parameters, begun) =>
      api.get(`${asked}${asked.includes('?') ? '&' : '?'}${parameters}`, AbortSignal.any([signal, begun])),
  });
  const first = () => {
    asked = path();
    return list.first();
  };
  return { first, more: list.more };
}

/**
 * A table of a list of the shop, page by page to its end.
 *
 * @template Item
 * @param {object} list
 * @param {string} list.name
 * @param {string[]} list.columns
 * @param {() => string} list.path gives the address of the list, with its filters.
 * @param {(item: Item) => unknown[]} list.cells makes the cells of a row.
 * @param {string} [list.none] what is said where there is nothing.
 * @param {number} [list.size] of a page.
 * @param {AbortSignal} list.signal
 */
export function list({ name, columns, path, cells, none = 'list.none', size, signal }) {
  const rows = table(name, columns, []);
  const { first, more } = pagesOf({ path, size, signal, add: (items) => rows.add(items.map(cells)) });
  const { element, fill } = part(name, async () => {
    const items = await first();
    rows.clear();
    rows.add(items.map(cells));
    const shown = h('p', { class: 'unseen', role: 'status' }, t('list.shown', { count: number(items.length) }));
    const nothing = () => h('p', { class: 'nothing', 'data-key': 'none' }, t(none));
    return items.length === 0 ? [nothing(), shown] : [rows.element, more, shown];
  });
  return { element, fill };
}

/** Filters by the names that the API has for them: kept in the address, and `changed` as soon as somebody stops. */
export function filters(controls, changed, signal) {
  const { query } = address();
  let typing;
  const apply = () => {
    clearTimeout(typing);
    keepQuery(values());
    return changed();
  };
  function values() {
    const entered = Object.entries(controls).map(([name, control]) => [name, control.value.trim()]);
    return new URLSearchParams(entered.filter(([, value]) => value !== ''));
  }
  for (const [name, control] of Object.entries(controls)) {
    if (query.has(name)) control.value = query.get(name);
    control.addEventListener('change', apply);
    control.addEventListener('input', () => {
      clearTimeout(typing);
      if (control.localName === 'input') typing = setTimeout(apply, pauseBeforeSearch);
    });
  }
  signal.addEventListener('abort', () => clearTimeout(typing));
  return values;
}
