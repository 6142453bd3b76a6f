// Sets the theme before the first paint, so that nobody sees a white flash. A file of its own because the
// content security policy allows no inline script; render-blocking on purpose; app/theme.ts owns the same key.
(function () {
  var wish = null;
  try {
    wish = localStorage.getItem('slipway.theme');
  } catch (_) {
    // Storage may be switched off; the system's wish is followed then.
  }
  var system = window.matchMedia('(prefers-color-scheme: dark)').matches;
  var dark = wish === 'dark' || (wish !== 'light' && system);
  var classes = document.documentElement.classList;
  classes.toggle('pf-v6-theme-dark', dark);
  classes.toggle('pf-v6-theme-high-contrast', window.matchMedia('(prefers-contrast: more)').matches);
})();
