// The servers behind this page, where it is served by several: which are there, which one has this page, and buttons
// that stop one and start it again. Without them there is no answer at /nodes, and no panel.
(function() {
  "use strict";

  var own = 0;
  var all = [];
  var asked = {};  // by node: what it was asked to become, until it is

  function element(id) { return document.getElementById(id); }

  function make(tag, className, text) {
    var node = document.createElement(tag);
    if (className) node.className = className;
    node.textContent = text;
    return node;
  }

  function wish(verb, node) {
    asked[node] = verb;
    show();
    fetch("nodes", { method: "POST", headers: { "X-Nodes": "1" }, body: verb + " " + node }).then(refresh, refresh);
  }

  function row(each) {
    var item = make("li", each.up ? "up" : "down", "");
    item.appendChild(make("b", "", "Server " + each.node));
    item.appendChild(make("small", "", each.node === own ? "has this page" : each.up ? "is there" : "is stopped"));
    var verb = each.up ? "stop" : "start";
    var last = each.up && all.filter(function(other) { return other.up; }).length === 1;
    var button = make("button", "", verb === "stop" ? "Stop" : "Start");
    button.setAttribute("aria-label", button.textContent + " server " + each.node);
    button.disabled = last || asked[each.node] === verb;
    if (last) button.title = "The last one stays: nobody could start the others.";
    button.addEventListener("click", function() { wish(verb, each.node); });
    item.appendChild(button);
    return item;
  }

  function show() {
    element("nodes").hidden = all.length === 0;
    var list = element("nodes-list");
    var focused = document.activeElement && list.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    list.textContent = "";
    all.forEach(function(each) { list.appendChild(row(each)); });
    if (!focused) return;
    var again = list.querySelector('button[aria-label="' + focused + '"]');
    if (again) again.focus();
  }

  function take(nodes) {
    nodes.forEach(function(each) {
      if (asked[each.node] === (each.up ? "start" : "stop")) delete asked[each.node];
    });
    if (JSON.stringify(nodes) === JSON.stringify(all)) return;
    all = nodes;
    show();
  }

  function refresh() {
    return fetch("nodes").then(function(answer) {
      if (!answer.ok) return false;
      return answer.json().then(function(nodes) { take(nodes); return true; });
    }, function() { return all.length > 0; });
  }

  window.nodes = {
    /** Which server has a socket is told by that server, whenever the socket comes to it. */
    watch: function(socket) {
      socket.on("served by", function(node) {
        own = node;
        show();
      });
      socket.on("disconnect", function() {
        own = 0;
        show();
      });
    }
  };

  // A wish takes a moment, and another page may have one.
  function again() {
    refresh().then(function(there) { if (there) setTimeout(again, 1000); });
  }
  again();
})();
