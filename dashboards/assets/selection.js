// What a reader has selected stays selected when figures change: in a text that changes, browsers move the ends of a
// selection to its beginning.
(() => {
  let kept = null;
  document.addEventListener("htmx:before:swap", () => {
    const now = document.getSelection();
    kept = now.isCollapsed ? null : [[now.anchorNode, now.anchorOffset], [now.focusNode, now.focusOffset]];
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!kept || !kept.every(([node]) => node.isConnected)) return;
    const length = (node) => (node.nodeType === Node.TEXT_NODE ? node.length : node.childNodes.length);
    const ends = kept.flatMap(([node, offset]) => [node, Math.min(offset, length(node))]);
    document.getSelection().setBaseAndExtent(...ends);
  });
})();
