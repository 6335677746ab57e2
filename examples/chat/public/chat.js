// The chat itself: rooms, who is here, who is typing, messages with delivery ticks, pictures as binary events.
(function () {
  'use strict';

  var rooms = ['harbour', 'lighthouse', 'engine room'];
  var largestPicture = 700 * 1024;
  var me = { name: sessionStorage.getItem('name') || '', room: rooms[0] };
  var socket = null;
  var own = {};      // messages of mine that wait for their ticks, by the number the server gave them
  var typists = {};
  var typingSince = 0;
  var quietTimer = null;

  function element(id) { return document.getElementById(id); }

  function make(tag, className, text) {
    var node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  function atEnd(add) {
    var log = element('log');
    var near = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    add(log);
    if (near) log.scrollTop = log.scrollHeight;
  }

  function note(text) { atEnd(function (log) { log.appendChild(make('li', 'note', text)); }); }

  function clock(at) { return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }); }

  function show(entry, content) {
    var mine = entry.from === me.name;
    var item = make('li', mine ? 'mine' : '');
    if (!mine) item.appendChild(make('p', 'who', entry.from));
    var bubble = make('div', 'bubble');
    bubble.appendChild(content);
    item.appendChild(bubble);
    var when = make('p', 'when', clock(entry.at));
    var ticks = make('span', 'ticks', '');
    when.appendChild(ticks);
    item.appendChild(when);
    atEnd(function (log) { log.appendChild(item); });
    return ticks;
  }

  function showText(entry) { return show(entry, document.createTextNode(entry.text)); }

  function showPicture(entry, bytes) {
    var image = make('img');
    image.alt = 'A picture from ' + entry.from;
    image.src = URL.createObjectURL(new Blob([bytes], { type: entry.type }));
    image.onload = function () { element('log').scrollTop = element('log').scrollHeight; };
    return show(entry, image);
  }

  function tick(ticks, text, title, all) {
    ticks.textContent = text;
    ticks.title = title;
    ticks.classList.toggle('all', all);
  }

  // One tick: the server has it. Two: every other client in the room has acknowledged it.
  function track(ticks) {
    tick(ticks, '…', 'on its way', false);
    return function (answer) {
      tick(ticks, '✓', 'the server has it', false);
      own[answer.id] = ticks;
    };
  }

  function say(text) {
    var ticks = showText({ from: me.name, text: text, at: Date.now() });
    socket.emit('say', text, track(ticks));
  }

  function share(file) {
    if (file.size > largestPicture) return note('That picture is too large: at most 700 KB.');
    file.arrayBuffer().then(function (bytes) {
      var ticks = showPicture({ from: me.name, type: file.type, at: Date.now() }, bytes);
      socket.emit('picture', file.type, bytes, track(ticks));
    });
  }

  function showMembers(members) {
    element('count').textContent = String(members.length);
    var list = element('members');
    list.textContent = '';
    members.forEach(function (member) {
      var item = make('li', '', member.name);
      item.appendChild(make('small', '', 'v' + member.protocol + ' ' + member.transport));
      list.appendChild(item);
    });
  }

  function showTypists() {
    var names = Object.keys(typists);
    var text = names.length === 0 ? '' : names.length < 3 ? names.join(' and ') + (names.length === 1 ? ' is typing…' : ' are typing…') : 'several people are typing…';
    element('typing').textContent = text;
  }

  function typing(on) {
    if (on === Boolean(typingSince)) return;
    typingSince = on ? Date.now() : 0;
    if (socket && socket.connected) socket.emit('typing', on);
  }

  function enter() {
    socket.emit('enter', me.room, me.name, function (welcome) {
      me.name = welcome.name;
      showMembers(welcome.members);
      element('log').textContent = '';
      welcome.history.forEach(showText);
      note('You are in the ' + me.room + ' as ' + me.name + '.');
    });
  }

  function listen() {
    socket.on('connect', function () { if (!socket.recovered) enter(); });
    socket.on('said', function (entry) {
      showText(entry);
      delete typists[entry.from];
      showTypists();
    });
    socket.on('picture', showPicture);
    socket.on('heard', function (received) { received(); });
    socket.on('delivered', function (id, count) {
      if (!own[id]) return;
      tick(own[id], '✓✓', 'delivered to ' + count + (count === 1 ? ' other' : ' others'), true);
      delete own[id];
    });
    socket.on('members', showMembers);
    socket.on('entered', function (name) { note(name + ' came in.'); });
    socket.on('gone', function (name) {
      if (name !== me.name) note(name + ' left.');  // it may be told to who comes back
      delete typists[name];
      showTypists();
    });
    socket.on('typing', function (name, on) {
      if (on) typists[name] = true; else delete typists[name];
      showTypists();
    });
  }

  function connect(mode) {
    if (socket) socket.disconnect();
    typists = {};
    showTypists();
    socket = kedge.connect('/', mode);
    window.ladder.watch(socket);
    listen();
  }

  function chooseRoom(room) {
    me.room = room;
    typing(false);
    typists = {};
    showTypists();
    element('rooms').querySelectorAll('button').forEach(function (button) {
      button.setAttribute('aria-selected', String(button.textContent === room));
    });
    if (socket && socket.connected) enter();
  }

  function begin() {
    rooms.forEach(function (room) {
      var button = make('button', '', room);
      button.setAttribute('role', 'tab');
      button.addEventListener('click', function () { chooseRoom(room); });
      element('rooms').appendChild(button);
    });
    chooseRoom(me.room);
    element('composer').addEventListener('submit', function (event) {
      event.preventDefault();
      var text = element('text').value.trim();
      if (!text || !socket) return;
      typing(false);
      say(text);
      element('text').value = '';
    });
    element('text').addEventListener('input', function () {
      typing(element('text').value.length > 0);
      clearTimeout(quietTimer);
      quietTimer = setTimeout(function () { typing(false); }, 3000);
    });
    element('picture').addEventListener('change', function () {
      if (element('picture').files[0]) share(element('picture').files[0]);
      element('picture').value = '';
    });
    window.ladder.begin(connect);
    connect('auto');
  }

  function askName() {
    if (me.name) return begin();
    element('who').showModal();
    element('who').addEventListener('cancel', function (event) { event.preventDefault(); });
    element('who-form').addEventListener('submit', function () {
      me.name = element('name').value.trim() || 'somebody';
      sessionStorage.setItem('name', me.name);
      begin();
    });
  }

  element('client').textContent = kedge.generation === 2 ? 'socket.io-client 2.5' : 'socket.io-client 4';
  element('other-client').innerHTML = kedge.generation === 2
    ? 'This page runs the client of 2018. <a href="./">Open it with today’s client.</a>'
    : '<a href="?client=2">Open this page with the client of 2018</a>: both meet in the same room.';
  kedge.load().then(askName, function (error) { window.ladder.state(error.message, 'bad'); });
})();
