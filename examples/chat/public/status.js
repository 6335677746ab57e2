// Live figures of the server, pushed once a second over the namespace /status, drawn as small charts.
(function () {
  'use strict';

  var most = 60;
  var history = {};
  var previous = null;

  var figures = [
    { id: 'sessions', title: 'Sessions', lines: ['sessions'], unit: '', legend: ['websocket', 'polling', 'v4', 'v3'] },
    { id: 'messages', title: 'Packets per second', lines: ['packets in', 'packets out'], unit: '/s', legend: ['packets in', 'packets out'] },
    { id: 'bytes', title: 'Bytes per second', lines: ['bytes in', 'bytes out'], unit: '', legend: ['bytes in', 'bytes out'], bytes: true },
    { id: 'memory', title: 'Resident memory', lines: ['memory'], unit: '', legend: ['waiting to be sent'], bytes: true },
    { id: 'connections', title: 'Connections', lines: ['connections'], unit: '', legend: ['accepted', 'refused'] },
    { id: 'workers', title: 'Workers', lines: ['sessions on the busiest'], shown: 'workers', unit: '', legend: ['sessions on the busiest'] }
  ];

  function element(id) { return document.getElementById(id); }

  function human(value, bytes) {
    if (!bytes) return value >= 100 ? String(Math.round(value)) : String(Math.round(value * 10) / 10);
    var units = ['B', 'KB', 'MB', 'GB'];
    var unit = 0;
    while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit += 1; }
    return (value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)) + ' ' + units[unit];
  }

  function line(values, top) {
    return values.map(function (value, i) {
      var x = ((most - values.length + i) / (most - 1)) * 240;
      return (i ? 'L' : 'M') + x.toFixed(1) + ' ' + (57 - (value / top) * 52).toFixed(1);
    }).join('');
  }

  function build() {
    figures.forEach(function (figure) {
      var box = document.createElement('article');
      box.className = 'figure';
      box.id = figure.id;
      box.innerHTML = '<h2></h2><div class="value">–</div><div class="chart"><svg class="spark" viewBox="0 0 240 60" preserveAspectRatio="none" aria-hidden="true">' +
        figure.lines.map(function (_, i) { return '<path class="' + (i ? 'second' : '') + '"></path>'; }).join('') +
        '</svg><span class="top"></span></div><p class="axis"><span>a minute ago</span><span>now</span></p><p class="legend"></p>';
      box.querySelector('h2').textContent = figure.title;
      element('figures').appendChild(box);
    });
  }

  function draw(values) {
    figures.forEach(function (figure) {
      var box = element(figure.id);
      figure.lines.forEach(function (name) {
        var past = history[name] = history[name] || [];
        past.push(values[name]);
        if (past.length > most) past.shift();
      });
      var top = Math.max.apply(null, figure.lines.map(function (name) { return Math.max.apply(null, history[name]); }).concat(1));
      box.querySelector('.top').textContent = human(top, figure.bytes) + figure.unit;
      box.querySelectorAll('path').forEach(function (path, i) { path.setAttribute('d', line(history[figure.lines[i]], top)); });
      box.querySelector('.value').textContent = human(values[figure.shown || figure.lines[0]], figure.bytes) + figure.unit;
      var legend = box.querySelector('.legend');
      legend.textContent = '';
      figure.legend.forEach(function (name) {
        var item = document.createElement('span');
        item.textContent = name + ' ';
        var value = document.createElement('b');
        value.textContent = human(values[name], figure.bytes);
        item.appendChild(value);
        legend.appendChild(item);
      });
    });
  }

  // Counters come as totals; what is shown is how much they grew since the last time.
  function rates(now) {
    var seconds = previous ? Math.max(0.001, (now.at - previous.at) / 1000) : 1;
    var grown = function (name) { return previous ? Math.max(0, now[name] - previous[name]) / seconds : 0; };
    var values = {
      'sessions': now.websocket + now.polling, 'websocket': now.websocket, 'polling': now.polling, 'v3': now.v3, 'v4': now.v4,
      'packets in': grown('packets_in'), 'packets out': grown('packets_out'), 'bytes in': grown('bytes_in'), 'bytes out': grown('bytes_out'),
      'memory': now.memory, 'waiting to be sent': now.unsent, 'connections': now.connections, 'accepted': now.accepted, 'refused': now.refused,
      'workers': now.workers.length, 'sessions on the busiest': Math.max.apply(null, now.workers)
    };
    previous = now;
    return values;
  }

  build();
  kedge.load().then(function () {
    var socket = kedge.connect('/status', 'auto');
    socket.on('figures', function (now) {
      element('uptime').textContent = 'up ' + Math.round(now.uptime) + ' s';
      draw(rates(now));
    });
    socket.on('disconnect', function () { element('uptime').textContent = 'disconnected'; previous = null; });
  }, function (error) { element('uptime').textContent = error.message; });
})();
