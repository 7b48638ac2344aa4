/** The colours of code. Any two names from https://shiki.style/themes: try `nord` or `solarized-light`. */
export const themes = {
  light: 'github-light-default',
  dark: 'github-dark-default',
}
