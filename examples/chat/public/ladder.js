// The connection panel: which rung the client stands on, how long a round trip takes, and the switches.
(function () {
  'use strict';

  var samples = [];
  var most = 60;
  var mode = 'auto';
  var current = null;
  var timer = null;

  function element(id) { return document.getElementById(id); }

  function rung(name) { element('ladder').dataset.rung = name; }

  function state(text, tone) {
    element('state').textContent = text;
    element('state').dataset.tone = tone || '';
  }

  function sparkline(values, width, height) {
    if (values.length < 2) return '';
    var top = Math.max.apply(null, values.concat(1)) * 1.15;
    return values.map(function (value, i) {
      var x = (i / (most - 1)) * width;
      var y = height - 3 - (value / top) * (height - 6);
      return (i ? 'L' : 'M') + x.toFixed(1) + ' ' + y.toFixed(1);
    }).join('');
  }

  function measure() {
    var socket = current;
    if (!socket || !socket.connected) return;
    var begun = performance.now();
    socket.emit('rtt', function () {
      if (socket !== current) return;
      var taken = performance.now() - begun;
      samples.push(taken);
      if (samples.length > most) samples.shift();
      element('rtt').textContent = taken < 10 ? taken.toFixed(1) + ' ms' : Math.round(taken) + ' ms';
      element('spark').firstElementChild.setAttribute('d', sparkline(samples, 240, 48));
    });
  }

  // What happened since the connection stood, as one line: polling 0 ms → probe 14 ms → websocket 20 ms.
  function timeline(first) {
    var begun = performance.now();
    var steps = [];
    var add = function (name) {
      steps.push(name + ' ' + Math.round(performance.now() - begun) + ' ms');
      element('timeline').textContent = steps.join(' → ');
    };
    add(first);
    return add;
  }

  // Both ways of polling have one name in the client.
  function rungOf(socket) { return mode === 'jsonp' ? mode : socket.io.engine.transport.name; }
  function spoken(name) { return name === 'jsonp' ? 'JSONP' : name; }

  function follow(socket, how) {
    var engine = socket.io.engine;
    var first = rungOf(socket);
    var add = timeline(spoken(first));
    var step = function (name, text) {
      if (socket !== current) return;
      rung(name);
      add(text);
    };
    rung(first);
    engine.on('upgrading', function () { step('upgrading', 'probe'); });
    engine.on('upgradeError', function () { step(first, 'probe failed, it stays on ' + first); });
    engine.on('upgrade', function (transport) {
      step(transport.name, transport.name);
      if (socket === current) state(how + transport.name, 'good');
    });
  }

  // Why there is no connection, and when the client tries again: it tells nobody how long it waits, but asks for it.
  function tellOfRetries(socket) {
    var backoff = socket.io.backoff;
    var asked = backoff.duration;
    var countdown = null;
    var told = { why: 'disconnected' };
    backoff.duration = function () {
      var wait = asked.call(backoff);
      var end = performance.now() + wait;
      var count = function () {
        if (socket !== current) return clearInterval(countdown);
        var left = Math.ceil((end - performance.now()) / 1000);
        state(told.why + ', trying again' + (left > 0 ? ' in ' + left + ' s' : ''), 'warn');
      };
      clearInterval(countdown);
      countdown = setInterval(count, 500);
      count();
      return wait;
    };
    told.stop = function () { clearInterval(countdown); };
    return told;
  }

  function watch(socket) {
    var retries = tellOfRetries(socket);
    current = socket;
    clearInterval(timer);
    timer = setInterval(measure, 1000);
    socket.on('connect', function () {
      retries.stop();
      if (socket !== current) return;
      var how = socket.recovered ? 'back again, nothing missed, over ' : 'connected over ';
      follow(socket, how);
      state(how + spoken(rungOf(socket)), 'good');
      measure();
    });
    socket.on('disconnect', function (reason) {
      if (socket !== current) return;
      rung('offline');
      retries.why = 'disconnected: ' + reason;
      state(retries.why, 'bad');
    });
    var refused = function (error) {
      if (socket !== current) return;
      rung('offline');
      retries.why = 'cannot connect: ' + (error && error.message || error);
      state(retries.why, 'bad');
    };
    socket.on('connect_error', refused);
    if (kedge.generation === 2) socket.on('error', refused);
  }

  function mark() {
    element('modes').querySelectorAll('button').forEach(function (button) {
      button.setAttribute('aria-checked', String(button.dataset.mode === mode));
      var impossible = button.dataset.mode === 'jsonp' && kedge.generation !== 2;
      button.disabled = impossible;
      button.title = impossible ? 'Only older clients have JSONP: open this page with ?client=2' : '';
    });
  }

  function offline(socket) {
    var manager = socket.io;
    var delays = [manager.reconnectionDelay(), manager.reconnectionDelayMax(), manager.randomizationFactor()];
    manager.reconnectionDelay(10000).reconnectionDelayMax(10000).randomizationFactor(0);
    if (manager.backoff) {
      manager.backoff.setMin(10000);
      manager.backoff.setMax(10000);
      manager.backoff.setJitter(0);
    }
    manager.engine.close();
    socket.once('connect', function () {
      manager.reconnectionDelay(delays[0]).reconnectionDelayMax(delays[1]).randomizationFactor(delays[2]);
    });
  }

  // `reconnect(mode)` is called when another way to connect was chosen.
  function begin(reconnect) {
    mark();
    element('modes').addEventListener('click', function (event) {
      var chosen = event.target.dataset.mode;
      if (!chosen || event.target.disabled) return;
      mode = chosen;
      samples = [];
      mark();
      reconnect(mode);
    });
    element('block').addEventListener('change', function () {
      kedge.block(element('block').checked);
      reconnect(mode);
    });
    element('offline').addEventListener('click', function () { if (current && current.connected) offline(current); });
    element('panel-toggle').addEventListener('click', function () {
      var open = element('panel').classList.toggle('open');
      element('panel-toggle').setAttribute('aria-expanded', String(open));
      element('panel-toggle').textContent = open ? 'Chat' : 'Connection';
    });
  }

  window.ladder = { begin: begin, watch: watch, state: state, sparkline: sparkline };
})();
