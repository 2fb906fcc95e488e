// Drawing: avatars, formatted text, message bubbles and keyboards. Text only ever becomes text nodes.

import { clock, say } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

export function element(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function fullName(person) {
  return [person.first_name, person.last_name].filter(Boolean).join(" ");
}

export function avatar(name, id, large) {
  const letters = name.split(/\s+/).filter(Boolean).slice(0, 2).map((word) => [...word][0].toUpperCase());
  const node = element("span", `avatar hue-${Math.abs(id) % 7}${large ? " large" : ""}`, letters.join(""));
  node.setAttribute("aria-hidden", "true");
  return node;
}

/** The bot: two doors, one of them open. */
export function botAvatar(large) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", "M12 3 4.5 6v5.5c0 4.6 3.1 7.9 7.5 9.5 4.4-1.6 7.5-4.9 7.5-9.5V6L12 3Zm-3.2 9.2 2.3 2.3 4.3-4.6");
  svg.append(path);
  const node = element("span", `avatar bot${large ? " large" : ""}`, svg);
  node.setAttribute("aria-hidden", "true");
  return node;
}

export function badge(count) {
  return count ? element("span", "badge", count > 99 ? "99+" : String(count)) : null;
}

/** A message's text as nodes, entities nested by their offsets (UTF-16, as JavaScript counts). */
export function formatted(text, entities, on) {
  const tree = nest(text, [...(entities ?? [])], 0, text.length, on);
  return element("span", "text", ...tree);
}

function nest(text, entities, from, to, on) {
  const nodes = [];
  let at = from;
  while (entities.length && entities[0].offset < to) {
    const entity = entities.shift();
    const end = Math.min(entity.offset + entity.length, to);
    if (entity.offset < at) continue;
    if (entity.offset > at) nodes.push(text.slice(at, entity.offset));
    const inner = [];
    while (entities.length && entities[0].offset < end) inner.push(entities.shift());
    nodes.push(styled(entity, text.slice(entity.offset, end), nest(text, inner, entity.offset, end, on), on));
    at = end;
  }
  if (at < to) nodes.push(text.slice(at, to));
  return nodes;
}

const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", blockquote: "blockquote",
  expandable_blockquote: "blockquote" };

function styled(entity, raw, children, on) {
  const kind = entity.type;
  if (TAGS[kind]) return element(TAGS[kind], "", ...children);
  if (kind === "pre") return element("pre", "", element("code", "", ...children));
  if (kind === "spoiler") {
    const node = element("span", "spoiler", ...children);
    node.onclick = () => node.classList.add("shown");
    return node;
  }
  if (kind === "bot_command") return action(children, () => on.say(raw));
  if (kind === "text_link" || kind === "url") {
    const url = entity.url ?? (/^[a-z]+:\/\//i.test(raw) ? raw : `https://${raw}`);
    return action(children, () => on.link(url), url);
  }
  if (kind === "mention" || kind === "email" || kind === "hashtag") return action(children, () => {});
  return element("span", "", ...children);
}

function action(children, run, href) {
  const node = element("a", "", ...children);
  node.href = href && /^https?:/i.test(href) ? href : "#";
  node.onclick = (event) => {
    event.preventDefault();
    run();
  };
  return node;
}

/** A message with its inline keyboard. `seen` tells who looks and how to find names and messages. */
export function bubble(message, seen, on) {
  const mine = message.from.type === "person" && message.from.id === seen.me;
  const content = element("div", "bubble");
  if (seen.group && !mine) content.append(element("span", "author", seen.name(message.from)));
  if (message.forward_of) {
    content.append(element("span", "forward", `${say("forwarded")} ${seen.name(message.forward_of.author)}`));
  }
  const replied = message.reply_to && seen.message(message.reply_to);
  if (replied) content.append(element("span", "quote", replied.text || say("photo")));
  if (message.photo) {
    const image = element("img");
    image.src = `/control/files/${message.photo.file_id}`;
    image.alt = message.text || say("photo");
    if (message.photo.width) [image.width, image.height] = [message.photo.width, message.photo.height];
    content.append(image);
  }
  content.append(formatted(message.text, message.entities, on));
  const edited = message.edit_date ? `${say("edited")} ` : "";
  content.append(element("span", "meta", edited + clock(message.edit_date ?? message.date)));
  const keys = inlineKeys(message, on);
  const item = element("li", `message${mine ? " mine" : ""}${keys ? " has-keys" : ""}`, content, keys);
  item.id = `m${message.message_id}`;
  return item;
}

function inlineKeys(message, on) {
  if (message.markup?.type !== "inline") return null;
  const rows = message.markup.rows.map((row) => element("div", "row", ...row.map((button) => {
    const node = element("button", button.url ? "link" : "", button.text);
    node.type = "button";
    node.onclick = () => on.press(message, button, node);
    return node;
  })));
  return element("div", "inline-keys", ...rows);
}
