import { field, h } from '../dom.js';
import { send } from '../http.js';
import { t } from '../language.js';
import { form } from '../form.js';
import { say } from '../notice.js';
import { signInForm } from '../sign-in-form.js';
import { session } from '../store.js';

export function signInView({ query }) {
  return h(
    'div',
    { class: 'page narrow' },
    h('h1', { tabindex: -1 }, t('sign-in')),
    signInForm((email, password) => enter(email, password, query)),
    h('p', {}, t('sign-in.new'), ' ', h('a', { href: `#/sign-up?${query}` }, t('sign-up'))),
  );
}

export function signUpView({ query }) {
  const name = h('input', { autocomplete: 'name', required: true, maxlength: 100, autofocus: true });
  const email = h('input', { type: 'email', autocomplete: 'username', required: true });
  const password = h('input', {
    type: 'password',
    autocomplete: 'new-password',
    required: true,
    minlength: 8,
    maxlength: 128,
  });
  const submit = h('button', {}, t('sign-up'));
  const signUp = form({ name, email, password }, submit, async () => {
    await send('POST', '/users', { body: { email: email.value, password: password.value, name: name.value } });
    await enter(email.value, password.value, query);
  });
  signUp.append(
    field(t('name'), name),
    field(t('email'), email),
    field(t('password'), password, t('password.rule')),
    submit,
  );
  return h(
    'div',
    { class: 'page narrow' },
    h('h1', { tabindex: -1 }, t('sign-up')),
    signUp,
    h('p', {}, t('sign-up.known'), ' ', h('a', { href: `#/sign-in?${query}` }, t('sign-in'))),
  );
}

async function enter(email, password, query) {
  await session.signIn(email, password);
  say(t('welcome', { name: session.user.name }));
  const then = query.get('then') ?? '/';
  location.hash = then.startsWith('/') ? `#${then}` : '#/';
}
