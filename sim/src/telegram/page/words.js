// The page's own words, in the language of the person who is being played.

const WORDS = {
  en: {
    people: "People", addPerson: "New person", theme: "Light or dark", newPerson: "New person", firstName: "First name",
    lastName: "Last name", username: "Username", language: "App language", unknown: "Not told", cancel: "Cancel",
    create: "Create", bot: "bot", typing: "typing…", edited: "edited", menu: "Menu", message: "Message", send: "Send",
    start: "Start", unblock: "Unblock", block: "Block the bot", clear: "Clear history", back: "Back", more: "More",
    keys: "Keyboard", today: "Today", yesterday: "Yesterday", whatCan: "What can this bot do?", photo: "Photo",
    empty: "No messages here yet…", forwarded: "Forwarded from", offline: "No connection to the simulator. Trying again…",
    members: (n) => `${n} ${n === 1 ? "member" : "members"} and the bot`, noPeople: "Make somebody to play",
    noAnswer: "The bot does not answer", toEmpty: "Nobody is here yet. Make a person and write to the bot.",
  },
  ru: {
    people: "Люди", addPerson: "Новый человек", theme: "Светлая или тёмная", newPerson: "Новый человек", firstName: "Имя",
    lastName: "Фамилия", username: "Имя пользователя", language: "Язык приложения", unknown: "Не указан", cancel: "Отмена",
    create: "Создать", bot: "бот", typing: "печатает…", edited: "изменено", menu: "Меню", message: "Сообщение",
    send: "Отправить", start: "Начать", unblock: "Разблокировать", block: "Заблокировать бота", clear: "Очистить историю",
    back: "Назад", more: "Ещё", keys: "Клавиатура", today: "Сегодня", yesterday: "Вчера", whatCan: "Что умеет этот бот?",
    photo: "Фотография", empty: "Здесь пока ничего нет…", forwarded: "Переслано от",
    offline: "Нет связи с симулятором. Пробуем снова…",
    members: (n) => `${n} уч. и бот`, noPeople: "Создайте, за кого играть", noAnswer: "Бот не отвечает",
    toEmpty: "Здесь пока никого. Создайте человека и напишите боту.",
  },
};

let language = navigator.language?.startsWith("ru") ? "ru" : "en";

/** Speaks the language of this IETF tag from now on. */
export function speak(code) {
  language = ["ru", "uk", "be", "kk"].includes(code) ? "ru" : "en";
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
}

export function say(key, ...values) {
  const words = WORDS[language][key];
  return typeof words === "function" ? words(...values) : words;
}

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

export function day(seconds) {
  const date = new Date(seconds * 1000);
  const today = new Date();
  if (date.toDateString() === today.toDateString()) return say("today");
  today.setDate(today.getDate() - 1);
  if (date.toDateString() === today.toDateString()) return say("yesterday");
  return date.toLocaleDateString(language, { day: "numeric", month: "long" });
}
