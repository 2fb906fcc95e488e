// Runs before the first paint, so that a chosen theme does not flash. The values are written by src/prefs.rs.
(function () {
  var root = document.documentElement, language;
  try {
    var store = window.localStorage;
    var theme = store.getItem("sallyport.theme"), density = store.getItem("sallyport.density");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    if (density === "compact") root.dataset.density = density;
    language = store.getItem("sallyport.language");
  } catch (e) { /* storage is switched off: the system's theme and language are used */ }
  // Which of the languages that there are.
  root.lang = /^ru/.test(language || navigator.language) ? "ru" : "en";
})();
