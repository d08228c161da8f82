// Building and changing the page's elements.

export function element(name, className = "", ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Text goes in as text: a run called <script> is only an odd name. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
  if (node.hidden !== (text === "")) node.hidden = text === "";
}

export function button(text, className, act) {
  const made = element("button", className, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

/** A name of a file or folder, set apart from the sentence around it whatever script it is in. */
export function nameOf(text) {
  return element("bdi", "name-of", text);
}
