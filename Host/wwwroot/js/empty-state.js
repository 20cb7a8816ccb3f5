import { h, icon } from './dom.js';

/** An empty place says that nothing is there, and leads on. */
export const nothing = (look, text, link, tag = 'div') => h(tag,
  { class: 'nothing', 'data-key': 'nothing' }, icon(look), h('p', {}, text),
  link && h('a', { class: link.class ?? 'button secondary', href: link.href }, link.text));
