// What a browser keeps for this page. It may refuse storage altogether; the page then forgets, and works.

export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // nothing to do: see above
  }
}
