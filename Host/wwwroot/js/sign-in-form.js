import { field, h } from './dom.js';
import { form } from './form.js';
import { t } from './language.js';

/** @param enter is told the e-mail and the password. */
export function signInForm(enter) {
  const email = h('input', { type: 'email', autocomplete: 'username', required: true, autofocus: true });
  const password = h('input', { type: 'password', autocomplete: 'current-password', required: true });
  const submit = h('button', {}, t('sign-in'));
  const element = form({ email, password }, submit, () => enter(email.value, password.value));
  element.append(field(t('email'), email), field(t('password'), password), submit);
  return element;
}
