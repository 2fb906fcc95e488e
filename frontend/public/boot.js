// Runs before the first paint, so that a chosen theme does not flash. The values are written by src/prefs.rs.
(function () {
  try {
    var root = document.documentElement, store = window.localStorage;
    var theme = store.getItem("sallyport.theme"), density = store.getItem("sallyport.density"), language = store.getItem("sallyport.language");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    if (density === "compact") root.dataset.density = density;
    if (language) root.lang = language;
  } catch (e) { /* storage is switched off: the system's theme is used */ }
})();
