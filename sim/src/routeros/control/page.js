"use strict";
const byId = (id) => document.getElementById(id);
const READS = ["/print", "/getall", "/listen", "/login"];
let seen = 0;
let commands = [];

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function table(target, heads, rows, nothing) {
  if (rows.length === 0) return byId(target).replaceChildren(element("p", nothing, "quiet"));
  const body = element("tbody");
  for (const { cells, off } of rows) {
    const row = element("tr", undefined, off ? "off" : "");
    for (const cell of cells) {
      const td = element("td");
      td.append(cell ?? "");
      row.append(td);
    }
    body.append(row);
  }
  const head = element("tr");
  heads.forEach((text) => head.append(element("th", text)));
  const thead = element("thead");
  thead.append(head);
  const whole = element("table");
  whole.append(thead, body);
  byId(target).replaceChildren(whole);
}

function say(text, className) {
  byId("message").textContent = text;
  byId("message").className = className;
}

async function ask(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  const text = await answer.text();
  if (!answer.ok) {
    let why = text;
    try { why = JSON.parse(text).error; } catch { /* the text is all there is */ }
    say(why, "error");
    return undefined;
  }
  return text ? JSON.parse(text) : {};
}

function button(text, label, act) {
  const made = element("button", text);
  made.setAttribute("aria-label", label);
  made.addEventListener("click", async () => { await act(); await refresh(); });
  return made;
}

function showTunnels(tunnels) {
  table("tunnels", ["Account", "Kind", "From", "Address", "Session", ""], tunnels.map((tunnel) => ({
    cells: [tunnel.name, tunnel.service, tunnel.callerId, tunnel.address, tunnel.sessionId,
      button("Disconnect", `Disconnect ${tunnel.name}`, async () => {
        if (await ask("DELETE", `tunnels/${tunnel.sessionId}`)) say(`${tunnel.name} hung up`, "ok");
      })],
  })), "No tunnel is up.");
}

function showAccounts(secrets, users) {
  const rows = secrets.map((row) => ({ ...row, menu: "ppp/secret", kind: "secret" }))
    .concat(users.map((row) => ({ ...row, name: row.name ?? row.username, menu: "user-manager/user", kind: "User Manager" })));
  table("accounts", ["Name", "Where", "State", "Comment"], rows.map((row) => ({
    cells: [row.name, row.kind, row.disabled === "true" ? "disabled" : "enabled", row.comment],
    off: row.disabled === "true",
  })), "There are no accounts.");
  const choice = byId("dial").elements.name;
  const names = rows.map((row) => row.name);
  if (names.join("\n") !== [...choice.options].map((option) => option.value).join("\n")) {
    const chosen = choice.value;
    choice.replaceChildren(...names.map((name) => new Option(name, name)));
    if (names.includes(chosen)) choice.value = chosen;
  }
}

function show(state) {
  for (const name of ["identity", "version", "uptime", "address", "connections", "commands", "writes"]) {
    byId(name).textContent = state[name];
  }
  showTunnels(state.tunnels);
  showAccounts(state.secrets, state.userManagerUsers);
  table("lists", ["List", "Address", "Left", "Comment"], state.addressLists.map((row) => ({
    cells: [row.list, row.address, row.timeout ?? (row.dynamic === "true" ? "with its tunnel" : "for good"), row.comment],
    off: row.disabled === "true",
  })), "The lists are empty.");
  table("rules", ["#", "Chain", "Action", "Matches", "Comment"], state.rules.map((row, number) => ({
    cells: [number, row.chain, row.action, matchers(row), row.comment],
    off: row.disabled === "true" || row.dynamic === "true",
  })), "There are no rules: everything passes.");
}

function matchers(row) {
  const others = [".id", "chain", "action", "comment", "disabled", "dynamic", "invalid", "bytes", "packets", "log", "log-prefix"];
  return Object.entries(row).filter(([name]) => !others.includes(name)).map(([name, value]) => `${name}=${value}`).join(" ");
}

function showJournal() {
  const rows = commands.filter((entry) => entry.write || !READS.some((word) => entry.command.endsWith(word)));
  table("journal", ["#", "User", "Command", "With", "Outcome"], rows.slice(-30).reverse().map((entry) => ({
    cells: [entry.number, entry.user, entry.command, entry.attributes.map(([name, value]) => `${name}=${value}`).join(" "),
      typeof entry.outcome === "string" ? entry.outcome : entry.outcome.failed],
  })), "Nothing has been changed through the API.");
}

async function refresh() {
  try {
    show(await (await fetch("state")).json());
    const news = await (await fetch(`journal?after=${seen}`)).json();
    if (news.length > 0) {
      seen = news.at(-1).number;
      commands = commands.concat(news).slice(-500);
    }
    showJournal();
  } catch {
    say("The simulator does not answer.", "error");
  }
}

byId("dial").addEventListener("submit", async (event) => {
  event.preventDefault();
  const dial = Object.fromEntries(new FormData(event.target));
  const tunnel = await ask("POST", "tunnels", dial);
  if (tunnel) say(`${tunnel.name} is connected as ${tunnel.address}`, "ok");
  await refresh();
});
byId("reboot").addEventListener("click", async () => {
  if (await ask("POST", "reboot")) say("The router has restarted: tunnels and dynamic entries are gone.", "ok");
  await refresh();
});
refresh();
setInterval(refresh, 1000);
