import { h } from './dom.js';
import { language, languages } from './language.js';

/** A button for each language that the page does not speak now. */
export const languageButtons = (speak) => Object.entries(languages)
  .filter(([tag]) => tag !== language())
  .map(([tag, name]) =>
    h('button', { class: 'quiet', type: 'button', lang: tag, 'data-key': tag, onclick: () => speak(tag) }, name));
