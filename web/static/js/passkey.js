// Passkeys: ask the console what to ask the authenticator, and bring its answer back.

import { say } from "./page.js";

const token = document.querySelector("meta[name=csrf-token]").content;

async function post(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.message);
  return told;
}

const ceremonies = {
  add: async (form) => {
    const asked = await post(form.dataset.options, {});
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked);
    const credential = await navigator.credentials.create({ publicKey });
    return { credential: credential.toJSON(), name: form.elements.name.value };
  },
  use: async (form) => {
    const asked = await post(form.dataset.options, {});
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked);
    const credential = await navigator.credentials.get({ publicKey });
    return { credential: credential.toJSON() };
  },
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const able = window.PublicKeyCredential?.parseCreationOptionsFromJSON;
  form.querySelector("button").disabled = !able;
  if (!able) say(form.dataset.unable);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const told = await post(form.action, await ceremonies[form.dataset.passkey](form));
      location = told.next;
    } catch (error) { // a person who thinks better of it is no fault
      say(error.name === "NotAllowedError" ? form.dataset.left : error.message);
    }
  });
}
