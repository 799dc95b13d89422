// Drag through a print: two pictures cut out of the strip, the score so far, the height told to others.

/** Wire the scrubber of one plate; a function that adds a listener for the height in mm, or null. */
export function scrub(growth, plate, files) {
  const root = document.querySelector(`#growth-${plate}`);
  const slider = root?.querySelector("input[type=range]");
  if (!slider) return null;
  const told = [];
  const pictures = [...root.querySelectorAll("canvas")];
  const marker = root.querySelector(".curve .now");
  const strip = new Image();
  const show = () => {
    const frame = growth.frames[slider.value - 1];
    for (const [plane, canvas] of pictures.entries()) draw(canvas, strip, growth, plane, slider.value - 1);
    const look = growth.looks.findLast((look) => look.layers <= frame.layers);
    const { words } = root.dataset;
    slider.setAttribute("aria-valuetext", words
      .replace("LAYER", frame.layers).replace("TOTAL", growth.layers)
      .replace("HEIGHT", frame.height_mm.toFixed(1))
      .replace("SCORE", look ? look.weapon_score.toFixed(2) : "–"));
    root.querySelector("output").textContent = slider.getAttribute("aria-valuetext");
    move(marker, frame.height_mm / growth.frames.at(-1).height_mm);
    const whole = slider.value === slider.max;
    for (const tell of told) tell(whole ? Infinity : growth.bottom_mm + frame.height_mm);
  };
  strip.addEventListener("load", show);
  strip.src = files + growth.strip;
  slider.addEventListener("input", show);
  play(root.querySelector("button"), slider);
  return (listener) => { told.push(listener); show(); };
}

function draw(canvas, strip, growth, plane, frame) {
  if (!strip.complete || !strip.naturalWidth) return;
  const { columns, frame_px: size } = growth;
  const rows = Math.ceil(growth.frames.length / columns);
  const row = plane * rows + Math.floor(frame / columns);
  canvas.getContext("2d").drawImage(
    strip, (frame % columns) * size, row * size, size, size, 0, 0, canvas.width, canvas.height);
}

function move(marker, share) {
  if (!marker) return;
  const { left, right } = marker.dataset;
  const x = Number(left) + share * (right - left);
  marker.setAttribute("x1", x);
  marker.setAttribute("x2", x);
}

function play(button, slider) {
  if (!button) return;
  let timer = null;
  const stop = () => { clearInterval(timer); timer = null; button.setAttribute("aria-pressed", "false"); };
  button.addEventListener("click", () => {
    if (timer) return stop();
    button.setAttribute("aria-pressed", "true");
    if (slider.value === slider.max) slider.value = slider.min;
    timer = setInterval(() => {
      slider.stepUp();
      slider.dispatchEvent(new Event("input"));
      if (slider.value === slider.max) stop();
    }, 90);
    return undefined;
  });
}
