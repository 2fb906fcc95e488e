// A messenger for the simulated Telegram: choose somebody on the left, talk to the bot on the right.

import { call, listen } from "./api.js";
import { avatar, badge, botAvatar, bubble, element, fullName } from "./draw.js";
import { clock, day, say, speak } from "./words.js";

const $ = (id) => document.getElementById(id);
const state = { bot: null, people: [], chats: new Map(), groups: [], me: null, chat: null, view: null, unread: new Map(),
  typing: null };

// ---- what there is -------------------------------------------------------------------------------------------------

async function reload() {
  const fresh = await call("GET", "/state");
  state.bot = fresh.bot;
  state.people = fresh.people;
  state.chats = new Map(fresh.chats.map((chat) => [chat.id, chat]));
  state.groups = fresh.chats.filter((chat) => isGroup(chat.id));
  document.title = `${state.bot.first_name} · Telegram`;
  if (!person(state.me)) await choosePerson(remembered() ?? state.people[0]?.id ?? null);
  else drawSides();
  return fresh.next;
}

const person = (id) => state.people.find((one) => one.id === id);
const isGroup = (id) => id < 0;
const chatsOf = (id) => [id, ...state.groups.filter((group) => group.members.includes(id)).map((group) => group.id)];
const chatTitle = (id) => (isGroup(id) ? state.chats.get(id).chat.title : state.bot.first_name);
const chatAvatar = (id, large) => (isGroup(id) ? avatar(chatTitle(id), id, large) : botAvatar(large));
const unreadOf = (id) => chatsOf(id).reduce((sum, chat) => sum + (state.unread.get(`${id}:${chat}`) ?? 0), 0);

function remembered() {
  const wanted = Number(new URLSearchParams(location.hash.slice(1)).get("person"));
  return person(wanted)?.id;
}

async function choosePerson(id) {
  state.me = id;
  speak(person(id)?.language_code ?? navigator.language.slice(0, 2));
  nameControls();
  const wanted = Number(new URLSearchParams(location.hash.slice(1)).get("chat"));
  if (id === null) {
    state.chat = null;
    drawSides();
    drawTalk();
  } else {
    await openChat(chatsOf(id).includes(wanted) ? wanted : id, $("app").dataset.open);
  }
}

async function openChat(id, open = "chat") {
  state.chat = id;
  state.unread.delete(`${state.me}:${id}`);
  history.replaceState(null, "", `#person=${state.me}&chat=${id}`);
  $("app").dataset.open = open;
  $("menu").hidden = true;
  const [me, chat] = [state.me, id];
  const view = await call("GET", `/chats/${chat}/view?person=${me}`);
  if (state.me !== me || state.chat !== chat) return;
  state.view = { ...view, messages: new Map(view.messages.map((message) => [message.message_id, message])) };
  state.typing = null;
  drawSides();
  drawTalk();
}

// ---- live ----------------------------------------------------------------------------------------------------------

/** The left side is drawn once a frame, however much happens. */
let drawing;

async function onBatch(batch) {
  if (batch.missed || batch.changes.some((change) => change.kind === "people")) await reload();
  if (batch.missed && state.chat !== null) return openChat(state.chat, $("app").dataset.open);
  for (const change of batch.changes) onChange(change);
  drawing ??= requestAnimationFrame(() => {
    drawing = undefined;
    drawSides();
  });
}

function onChange(change) {
  const here = change.chat_id === state.chat && state.view;
  const handlers = {
    message: () => arrived(change, here),
    edit: () => {
      if (!here || !change.message) return;
      state.view.messages.set(change.message_id, change.message);
      const old = $(`m${change.message_id}`);
      const fresh = draw(change.message);
      if (old?.classList.contains("first")) fresh.classList.add("first");
      fresh.style.animation = "none";
      old?.replaceWith(fresh);
    },
    delete: () => {
      if (!here) return;
      state.view.messages.delete(change.message_id);
      drawMessages();
    },
    action: () => here && showTyping(),
    settings: () => refreshView(),
  };
  handlers[change.kind]?.();
}

function arrived(change, here) {
  if (!change.message) return;
  const chat = state.chats.get(change.chat_id);
  if (chat) chat.last = change.message;
  else state.chats.set(change.chat_id, { id: change.chat_id, chat: { type: "private" }, members: [], last: change.message });
  if (change.message.from.type === "bot") countUnread(change.chat_id);
  if (!here || state.view.messages.has(change.message_id)) return;
  const wasLow = atBottom();
  state.view.messages.set(change.message_id, change.message);
  state.view.keyboard = change.keyboard;
  hideTyping();
  append(change.message);
  drawFoot();
  if (wasLow || change.message.from.id === state.me) toBottom();
}

function countUnread(chat) {
  for (const id of isGroup(chat) ? state.chats.get(chat)?.members ?? [] : [chat]) {
    const open = id === state.me && chat === state.chat && $("app").dataset.open === "chat" && !document.hidden;
    const wide = id === state.me && chat === state.chat && matchMedia("(min-width: 721px)").matches;
    if (open || wide) continue;
    const key = `${id}:${chat}`;
    state.unread.set(key, (state.unread.get(key) ?? 0) + 1);
  }
}

async function refreshView() {
  if (state.chat === null) return;
  const { commands, description } = await call("GET", `/chats/${state.chat}/view?person=${state.me}`);
  Object.assign(state.view, { commands, description });
  drawTalk();
}

function showTyping() {
  clearTimeout(state.typing);
  state.typing = setTimeout(hideTyping, 5000);
  drawTitle();
}

function hideTyping() {
  clearTimeout(state.typing);
  state.typing = null;
  drawTitle();
}

// ---- the left side -------------------------------------------------------------------------------------------------

function drawSides() {
  $("people").replaceChildren(...state.people.map((one) => {
    const name = fullName(one);
    const node = element("button", "person", avatar(name, one.id), element("span", "name", one.first_name), badge(unreadOf(one.id)));
    node.type = "button";
    node.title = name;
    node.setAttribute("aria-current", one.id === state.me);
    node.onclick = () => choosePerson(one.id);
    return node;
  }));
  const me = person(state.me);
  const sub = me && [me.username && `@${me.username}`, `id ${me.id}`].filter(Boolean).join(" · ");
  $("me").replaceChildren(...(me
    ? [avatar(fullName(me), me.id), element("div", "who", element("h1", "", fullName(me)), element("p", "sub", sub)),
      me.language_code ? element("span", "chip", me.language_code.toUpperCase()) : ""]
    : [element("h1", "", say("noPeople"))]));
  $("chats").replaceChildren(...(me ? chatsOf(me.id).map(chatItem) : []));
}

function chatItem(id) {
  const last = state.chats.get(id)?.last;
  const preview = last ? (last.text || say("photo")).replace(/\s+/g, " ") : say("empty");
  const first = element("div", "line", element("strong", "", chatTitle(id)), last ? element("time", "", clock(last.date)) : "");
  const second = element("div", "line", element("span", "sub", preview), badge(state.unread.get(`${state.me}:${id}`)));
  const node = element("button", "chat", chatAvatar(id), element("div", "", first, second));
  node.type = "button";
  node.setAttribute("aria-current", id === state.chat);
  node.onclick = () => openChat(id);
  return element("li", "", node);
}

// ---- the conversation ----------------------------------------------------------------------------------------------

function drawTalk() {
  drawTitle();
  drawFoot();
  drawMessages();
}

function drawTitle() {
  if (state.chat === null) return $("title").replaceChildren();
  const members = isGroup(state.chat) && state.chats.get(state.chat).members.length;
  const sub = state.typing ? say("typing") : members ? say("members", members) : say("bot");
  $("title").replaceChildren(chatAvatar(state.chat), element("div", "", element("h2", "", chatTitle(state.chat)),
    element("p", state.typing ? "sub typing" : "sub", sub)));
}

function drawMessages() {
  $("messages").replaceChildren();
  const messages = state.view ? [...state.view.messages.values()] : [];
  if (!messages.length) $("messages").append(emptyCard());
  messages.forEach(append);
  for (const node of $("messages").children) node.style.animation = "none";
  toBottom();
}

function emptyCard() {
  if (state.chat === null) return element("li", "empty", botAvatar(true), element("p", "", say("toEmpty")));
  const about = state.view?.description;
  return element("li", "empty", chatAvatar(state.chat, true), element("h3", "", about ? say("whatCan") : chatTitle(state.chat)),
    element("p", "", about || say("empty")));
}

function append(message) {
  const list = $("messages");
  list.querySelector(".empty")?.remove();
  const last = list.lastElementChild;
  if (last?.dataset.day !== day(message.date)) {
    const mark = element("li", "day", day(message.date));
    list.append(mark);
  }
  const node = draw(message);
  if (last?.dataset.from !== node.dataset.from) node.classList.add("first");
  list.append(node);
}

function draw(message) {
  const seen = {
    me: state.me, group: isGroup(state.chat), message: (id) => state.view.messages.get(id),
    name: (author) => (author.type === "bot" ? state.bot.first_name : fullName(person(author.id) ?? { first_name: "?" })),
  };
  const node = bubble(message, seen, { say: sendText, link: followLink, press });
  node.dataset.from = `${message.from.type}${message.from.id ?? ""}`;
  node.dataset.day = day(message.date);
  return node;
}

const atBottom = () => $("scroll").scrollHeight - $("scroll").scrollTop - $("scroll").clientHeight < 120;
const toBottom = () => { $("scroll").scrollTop = $("scroll").scrollHeight; };

// ---- writing -------------------------------------------------------------------------------------------------------

function drawFoot() {
  const standing = person(state.me)?.standing;
  const isPrivate = state.chat === state.me;
  const blocked = isPrivate && standing === "blocked";
  const fresh = isPrivate && (standing === "stranger" || !state.view?.messages.size);
  $("start").hidden = state.chat === null || !(blocked || fresh);
  $("start").textContent = say(blocked ? "unblock" : "start");
  $("compose").hidden = state.chat === null || !$("start").hidden;
  $("menu-button").hidden = !state.view?.commands.length;
  const keyboard = state.view?.keyboard?.type === "keyboard" && !$("compose").hidden ? state.view.keyboard : null;
  $("keys-button").hidden = !keyboard;
  $("keys").hidden = !keyboard || $("keys").dataset.folded === "true";
  $("text").placeholder = keyboard?.placeholder ?? say("message");
  $("keys").replaceChildren(...(keyboard?.rows ?? []).map((row) => element("div", "row", ...row.map((button) => {
    const node = element("button", "", button.text);
    node.type = "button";
    node.onclick = () => sendText(button.text);
    return node;
  }))));
  drawCommands();
}

function drawCommands(all = false) {
  const typed = $("text").value;
  const commands = state.view?.commands ?? [];
  const fits = all ? commands : commands.filter((one) => typed.startsWith("/") && `/${one.command}`.startsWith(typed));
  $("commands").hidden = !fits.length || (!all && fits.length === 1 && `/${fits[0].command}` === typed);
  $("commands").replaceChildren(...fits.map((one) => {
    const node = element("button", "", botAvatar(), element("span", "", one.description), element("span", "cmd", `/${one.command}`));
    node.type = "button";
    node.onclick = () => sendText(`/${one.command}`);
    return element("li", "", node);
  }));
}

async function sendText(text) {
  if (!text.trim() || state.chat === null) return;
  $("text").value = "";
  $("commands").hidden = true;
  await attempt(call("POST", `/chats/${state.chat}/send`, { person: state.me, text }));
  const me = person(state.me);
  if (me.standing !== "started") {
    await reload();
    drawFoot();
  }
}

async function press(message, button, node) {
  if (button.url) return followLink(button.url);
  if (button.copy_text) {
    await navigator.clipboard?.writeText(button.copy_text.text);
    return toast(button.copy_text.text);
  }
  if (!button.callback_data) return undefined;
  node.setAttribute("aria-busy", "true");
  const body = { person: state.me, message_id: message.message_id, button: button.callback_data };
  try {
    const answer = await call("POST", `/chats/${message.chat_id}/press`, body);
    if (answer.text && answer.show_alert) showAlert(answer.text);
    else if (answer.text) toast(answer.text);
    if (answer.url) followLink(answer.url);
  } catch (error) {
    toast(error.status === 504 ? say("noAnswer") : error.message);
  } finally {
    node.removeAttribute("aria-busy");
  }
  return undefined;
}

/** `t.me/<this bot>?start=CODE` starts the bot with the code, as the app does; other links open in a new tab. */
async function followLink(url) {
  const link = new URL(url, "https://invalid.example");
  const ours = link.hostname === "t.me" && link.pathname.slice(1).toLowerCase() === state.bot.username.toLowerCase();
  if (!ours) return window.open(link, "_blank", "noopener");
  await openChat(state.me);
  const code = link.searchParams.get("start");
  return sendText(code ? `/start ${code}` : "/start");
}

async function attempt(promise) {
  try {
    return await promise;
  } catch (error) {
    toast(error.message);
    return undefined;
  }
}

let toasting;
function toast(text) {
  clearTimeout(toasting);
  $("toast").textContent = text;
  $("toast").hidden = false;
  toasting = setTimeout(() => { $("toast").hidden = true; }, 3500);
}

function showAlert(text) {
  $("alert-text").textContent = text;
  $("alert").showModal();
}

// ---- controls ------------------------------------------------------------------------------------------------------

function nameControls() {
  const names = { "add-person": "addPerson", theme: "theme", back: "back", more: "more", send: "send", "keys-button": "keys" };
  for (const [id, key] of Object.entries(names)) {
    $(id).title = say(key);
    $(id).setAttribute("aria-label", say(key));
  }
  $("menu-button").querySelector("span").textContent = say("menu");
  $("text").setAttribute("aria-label", say("message"));
  $("offline").textContent = say("offline");
}

function openMenu() {
  const blocked = person(state.me)?.standing === "blocked";
  const items = [["clear", () => call("POST", `/chats/${state.chat}/clear`, { person: state.me }), ""]];
  if (state.chat === state.me) {
    items.push([blocked ? "unblock" : "block", () => call("POST", `/people/${state.me}/${blocked ? "unblock" : "block"}`), "danger"]);
  }
  $("menu").replaceChildren(...items.map(([key, run, kind]) => {
    const node = element("button", kind, say(key));
    node.type = "button";
    node.setAttribute("role", "menuitem");
    node.onclick = async () => {
      $("menu").hidden = true;
      await attempt(run());
      await reload();
      drawFoot();
    };
    return node;
  }));
  $("menu").hidden = !$("menu").hidden;
}

$("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  sendText($("text").value);
});
$("text").addEventListener("input", () => drawCommands());
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Escape") $("commands").hidden = true;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  sendText($("text").value);
});
$("menu-button").onclick = () => ($("commands").hidden ? drawCommands(true) : ($("commands").hidden = true));
$("keys-button").onclick = () => {
  $("keys").dataset.folded = $("keys").hidden ? "false" : "true";
  drawFoot();
};
$("start").onclick = async () => {
  if (person(state.me).standing === "blocked") await attempt(call("POST", `/people/${state.me}/unblock`));
  else await sendText("/start");
  await reload();
  drawFoot();
};
$("back").onclick = () => { $("app").dataset.open = "list"; };
$("more").onclick = openMenu;
document.addEventListener("click", (event) => {
  if (!event.target.closest("#more, #menu")) $("menu").hidden = true;
});
$("theme").onclick = () => {
  const dark = getComputedStyle(document.documentElement).colorScheme === "dark"
    || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  setTheme(dark ? "light" : "dark");
};
$("add-person").onclick = () => {
  $("person-form").reset();
  $("person-dialog").showModal();
};
document.querySelector("[data-close]").onclick = () => $("person-dialog").close();
$("person-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const made = await attempt(call("POST", "/people", Object.fromEntries(new FormData(event.target))));
  if (!made) return;
  $("person-dialog").close();
  await reload();
  await choosePerson(made.id);
  $("app").dataset.open = "chat";
});

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("theme", theme);
}

const theme = new URLSearchParams(location.search).get("theme") ?? localStorage.getItem("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
if (new URLSearchParams(location.hash.slice(1)).has("chat")) $("app").dataset.open = "chat";
speak(navigator.language.slice(0, 2));
nameControls();
// The end of the conversation stays in sight when the keyboard below grows or shrinks.
let low = true;
$("scroll").addEventListener("scroll", () => { low = atBottom(); });
new ResizeObserver(() => low && toBottom()).observe($("scroll"));

const next = await reload();
listen(next, { onBatch, onOnline: (online) => { $("offline").hidden = online; } });
