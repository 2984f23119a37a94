// The portal's maps: open issues to look at, or a place to choose. Without tiles they are drawn on squared paper.
(() => {
  "use strict";
  const box = document.querySelector("[data-map]");
  const form = document.querySelector("[data-report]");
  if (form) {
    form.addEventListener("submit", () => { form.querySelector("[type=submit]").disabled = true; });
    // Coming back by the browser's arrow finds the page as it was left.
    window.addEventListener("pageshow", () => { form.querySelector("[type=submit]").disabled = false; });
  }
  if (!box || !window.L) return;
  box.hidden = false;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", box.dataset.label);
  const choosing = box.dataset.map === "choose";
  const map = L.map(box, { zoomSnap: 0.5, worldCopyJump: false, minZoom: 2, maxZoom: 19 });
  map.attributionControl.setPrefix(false);
  L.control.scale({ imperial: false }).addTo(map);

  const STEPS = [10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005];
  const paper = L.layerGroup().addTo(map);
  const name = (value, digits, letters) => `${Math.abs(value).toFixed(digits)}° ${letters[value < 0 ? 1 : 0]}`;
  function drawPaper() {
    paper.clearLayers();
    const seen = map.getBounds();
    const width = seen.getEast() - seen.getWest();
    const step = STEPS.find((each) => width / each >= 5) || STEPS[STEPS.length - 1];
    const digits = Math.max(0, Math.ceil(-Math.log10(step)));
    const every = Math.ceil(84 / ((box.clientWidth * step) / width)); // a name is up to 80 pixels long
    const rule = (ends, at, label, index) => {
      L.polyline(ends, { className: "grid-line", interactive: false, weight: 1 }).addTo(paper);
      const { x, y } = map.latLngToContainerPoint(at);
      // Where the buttons are, and where a name would be cut off.
      if ((y < 1 && index % every) || x < 48 || y > box.clientHeight - 24 || (y < 1 && x > box.clientWidth - 130)) return;
      const icon = L.divIcon({ className: "grid-name", html: label, iconSize: null });
      L.marker(at, { icon, interactive: false, keyboard: false }).addTo(paper);
    };
    for (let n = Math.ceil(seen.getWest() / step); n * step < seen.getEast(); n += 1) {
      const lng = n * step;
      rule([[seen.getSouth(), lng], [seen.getNorth(), lng]], [seen.getNorth(), lng], name(lng, digits, "EW"), n);
    }
    for (let n = Math.ceil(seen.getSouth() / step); n * step < seen.getNorth(); n += 1) {
      const lat = n * step;
      rule([[lat, seen.getWest()], [lat, seen.getEast()]], [lat, seen.getEast()], `<b>${name(lat, digits, "NS")}</b>`, n);
    }
  }
  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles, { attribution: box.dataset.attribution, maxZoom: 19 }).addTo(map);
  else map.on("moveend", drawPaper);

  const points = L.layerGroup().addTo(map);
  const more = document.querySelector("[data-map-more]");
  function popup(issue) {
    const link = document.createElement("a");
    link.href = box.dataset.issue.replace(/0\/$/, `${issue.number}/`);
    link.textContent = `#${issue.number} ${issue.title}`;
    return link;
  }
  function draw(found) {
    points.clearLayers();
    for (const { geometry, properties } of found.features) {
      const [lng, lat] = geometry.coordinates;
      const dot = L.circleMarker([lat, lng], {
        radius: 6, className: `dot ${properties.status}${choosing ? " faint" : ""}`, interactive: !choosing,
      });
      if (!choosing) dot.bindPopup(() => popup(properties));
      dot.addTo(points);
    }
    if (more) more.hidden = found.complete;
  }
  let asked = null;
  async function load(bounds) {
    if (asked) asked.abort();
    asked = new AbortController();
    try {
      const query = bounds ? `?bbox=${bounds.toBBoxString()}` : "";
      const answer = await fetch(box.dataset.points + query, { signal: asked.signal });
      if (!answer.ok) return null;
      const found = await answer.json();
      draw(found);
      return found;
    } catch (error) {
      if (error.name !== "AbortError") throw error;
      return null;
    }
  }
  // Nine in ten of the points: one with a slipped coordinate must not shrink the city to a speck.
  function middle(values) {
    const sorted = [...values].sort((a, b) => a - b);
    return [sorted[Math.floor(sorted.length * 0.05)], sorted[Math.ceil(sorted.length * 0.95) - 1]];
  }
  function whereToLook(found) {
    if (found && found.features.length) {
      const [west, east] = middle(found.features.map((each) => each.geometry.coordinates[0]));
      const [south, north] = middle(found.features.map((each) => each.geometry.coordinates[1]));
      map.fitBounds([[south, west], [north, east]], { padding: [24, 24], maxZoom: 16, animate: false });
    } else if (box.dataset.lat) map.setView([Number(box.dataset.lat), Number(box.dataset.lng)], 13);
    else map.setView([20, 0], 2);
  }

  function choose() {
    const lat = document.getElementById("id_lat");
    const lng = document.getElementById("id_lng");
    let pin = null;
    function mark(place, zoom) {
      if (!pin) {
        const icon = L.divIcon({ className: "pin", iconSize: [26, 26], iconAnchor: [13, 31] });
        pin = L.marker(place, { icon, draggable: true, title: box.dataset.label }).addTo(map);
        pin.on("dragend", () => write(pin.getLatLng()));
      }
      pin.setLatLng(place);
      if (zoom) map.setView(place, Math.max(map.getZoom(), zoom));
    }
    function write(place) {
      const kept = place.wrap();
      lat.value = kept.lat.toFixed(6);
      lng.value = kept.lng.toFixed(6);
    }
    map.on("click", (event) => { mark(event.latlng); write(event.latlng); });
    const typed = () => {
      const place = [parseFloat(lat.value), parseFloat(lng.value)];
      if (place.every(Number.isFinite) && Math.abs(place[0]) <= 90 && Math.abs(place[1]) <= 180) mark(place, 15);
    };
    lat.addEventListener("change", typed);
    lng.addEventListener("change", typed);
    typed();
    const locate = document.querySelector("[data-locate]");
    if (!navigator.geolocation || !window.isSecureContext) return;
    locate.hidden = false;
    const said = locate.querySelector("span");
    locate.querySelector("button").addEventListener("click", () => {
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          const place = L.latLng(coords.latitude, coords.longitude);
          mark(place, 17);
          write(place);
          said.textContent = said.dataset.found;
        },
        () => { said.textContent = said.dataset.refused; },
        { enableHighAccuracy: true, timeout: 10000 },
      );
    });
  }

  // A map is placed once it is known what there is to see; then every move asks for what came into view.
  load(null).catch(() => null).then((found) => {
    whereToLook(found);
    if (choosing) choose();
    if (found && !found.complete) load(map.getBounds()).catch(() => null);
    map.on("moveend", () => { if (!found || !found.complete) load(map.getBounds()).catch(() => null); });
  });
})();
