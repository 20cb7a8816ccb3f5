import { h } from '../js/dom.js';
import { t } from '../js/language.js';
import { say } from '../js/notice.js';
import { form } from './form.js';
import { labelled } from './inputs.js';
import { api } from './store.js';

/** The controls of inputs by their names, as `form` wants them. */
export const controlsOf = (inputs) =>
  Object.fromEntries(Object.entries(inputs).map(([name, { control }]) => [name, control]));

/** The values of inputs by their names, as a request wants them. */
export const valuesOf = (inputs) =>
  Object.fromEntries(Object.entries(inputs).map(([name, { read }]) => [name, read()]));

/** The labelled fields of inputs by their names. */
export const fieldsOf = (inputs) =>
  Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, labelled(input)]));

/**
 * A form that sends what was changed, and only if nobody else has changed the thing meanwhile. If somebody has, their
 * values are fetched, what was typed is kept, and both can be seen before it is saved again.
 *
 * @param get the address of the thing, `patch` that of its change.
 * @param tagged the thing as it was read, with its tag.
 * @param inputs by the names of the thing's members, each with its `label` and perhaps a `hint`.
 * @param saved is told the thing as it is now.
 */
export function editor({ get, patch, tagged, inputs, saved, title, layout }) {
  let { tag } = tagged;
  let before = show(tagged.body);
  const conflict = h('div', { class: 'conflict', role: 'alert' });
  const submit = h('button', {}, t('admin.save'));

  function show(thing) {
    for (const [name, input] of Object.entries(inputs)) input.write(thing[name]);
    return valuesOf(inputs);
  }

  const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  const changes = () => Object.fromEntries(
    Object.entries(valuesOf(inputs)).filter(([name, value]) => !isSame(value, before[name])));

  async function meetOthers() {
    const typed = changes();
    const fresh = await api.tagged(get);
    const theirs = show(fresh.body);
    const differing = Object.keys(inputs).filter((name) => !isSame(theirs[name], before[name]));
    const shown = differing.map((name) => [inputs[name].label, textOf(inputs[name])]);
    ({ tag } = fresh);
    before = theirs;
    for (const [name, value] of Object.entries(typed)) inputs[name].write(value);
    conflict.replaceChildren(h('p', {}, t('editor.conflict')),
      h('ul', {}, shown.map(([label, value]) => h('li', {}, h('strong', {}, label), ` ${value || '–'}`))));
  }

  const edit = form(controlsOf(inputs), submit, async () => {
    const body = changes();
    if (Object.keys(body).length === 0) {
      say(t('editor.nothing'));
      return;
    }
    conflict.replaceChildren();
    try {
      await saved(await api.patch(patch, body, tag));
    } catch (problem) {
      if (problem.code !== 'precondition_failed') throw problem;
      await meetOthers();
    }
  }, { class: 'panel' });
  const heading = title ? [h('h2', {}, title)] : [];
  edit.append(...heading, ...layout(fieldsOf(inputs)).filter(Boolean), conflict,
    h('div', { class: 'actions' }, submit));
  return edit;
}

const textOf = ({ control }) => control.localName === 'select'
  ? [...control.selectedOptions].map(({ textContent }) => textContent).join(', ')
  : (control.value ?? '').replace('T', ' ');
