import { h, icon } from './dom.js';
import { named, number, t } from './language.js';
import { place } from './place.js';
import { api } from './store.js';

// The search of every page's head: it suggests products, and on the page of products the list itself follows.

const pause = 250;

/** Says `search` when the page's list is to follow what was typed. */
export const searching = new EventTarget();

const input = h('input', { type: 'search', id: 'search', maxlength: 100, autocomplete: 'off', enterkeyhint: 'search',
  'aria-autocomplete': 'list', 'aria-controls': 'suggestions',
  oninput: typed, onkeydown: keyed, onblur: () => close() });
const list = h('div', { class: 'suggestions', id: 'suggestions', role: 'listbox', hidden: true });
const told = h('p', { class: 'unseen', role: 'status' });
const label = h('label', { class: 'unseen', htmlFor: 'search' });
const element = h('form', { class: 'find', role: 'search', 'data-key': 'search', onsubmit: submitted },
  label, icon('search'), input, list, told);
let waiting;
let asked = new AbortController();

/** The one search box, in the page's language. */
export function searchBox() {
  label.textContent = input.placeholder = t('products.search');
  list.setAttribute('aria-label', t('search.suggestions'));
  return element;
}

export const wanted = () => input.value.trim();

/** Shows the words that this place searches for, unless others are being typed. */
export function show(q) {
  if (document.activeElement !== input) input.value = q ?? '';
}

const followed = () => place().path === '/';

function typed() {
  clearTimeout(waiting);
  asked.abort();
  waiting = setTimeout(() => followed() ? searching.dispatchEvent(new Event('search')) : suggest(), pause);
}

function submitted(event) {
  event.preventDefault();
  clearTimeout(waiting);
  const chosen = list.querySelector('[aria-selected="true"]');
  close();
  if (chosen) location.hash = `#/products/${chosen.dataset.product}`;
  else if (followed()) searching.dispatchEvent(new Event('search'));
  else location.hash = wanted() ? `#/?${new URLSearchParams({ q: wanted() })}` : '#/';
}

// The newest question wins: no earlier one is waited for. Without an answer there is nothing to suggest.
async function suggest() {
  if (!wanted()) return close();
  asked = new AbortController();
  const { signal } = asked;
  const { items } = await api.get(`/products/suggestions?${new URLSearchParams({ q: wanted() })}`, signal)
    .catch(() => ({ items: [] }));
  if (signal.aborted || document.activeElement !== input) return undefined;
  list.replaceChildren(...items.map(({ productId, name }, index) => h('div',
    { role: 'option', id: `suggestion-${index}`, 'aria-selected': 'false', 'data-product': productId,
      // Before the click the box would lose its focus, and the list be gone.
      onmousedown: (event) => event.preventDefault(),
      onclick: () => {
        close();
        location.hash = `#/products/${productId}`;
      } }, named(name))));
  list.hidden = items.length === 0;
  told.textContent = t('search.found', { count: number(items.length) });
  return undefined;
}

function close() {
  asked.abort();
  list.hidden = true;
  list.replaceChildren();
  told.textContent = '';
  input.removeAttribute('aria-activedescendant');
}

function keyed(event) {
  if (list.hidden) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    const options = [...list.children];
    const before = options.findIndex((option) => option.getAttribute('aria-selected') === 'true');
    const now = options[(before + step + options.length + (before < 0 && step < 0 ? 1 : 0)) % options.length];
    for (const option of options) option.setAttribute('aria-selected', String(option === now));
    input.setAttribute('aria-activedescendant', now.id);
  } else if (event.key === 'Escape') {
    event.preventDefault();
    close();
  }
}
