/* Before the first paint: the chosen theme, so that the page never flashes in the other. */
try {
  const chosen = localStorage.getItem('wayside.theme')
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen
} catch {
  /* storage is off: the system's theme it is */
}
