// The solid and the nozzle's strokes in 3-D, from the evidence's own numbers; cut at any height.

import * as three from "../vendor/three.js";

const SKIN = { clear: 0x9fb1c6, review: 0xe0b45a, flagged: 0xd97a70 };
const STROKE = 0x2b5d94;
const HALF_VIEW = 0.3; // radians: a little less than half the camera sees upwards
const ABOVE_ALL_MM = 1e6; // shaders cannot compare with infinity
const GRID = [0xaab2bd, 0xd9dde3];

const fetched = async (url) => {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(url);
  return answer.arrayBuffer();
};

/** Draw *scene* into *host*; {cut} to hide what lies above a height in mm, or null without WebGL. */
export async function show(host, scene, files) {
  const renderer = started(host);
  if (!renderer) return null;
  const top = new three.Plane(new three.Vector3(0, 0, -1), ABOVE_ALL_MM);
  const solid = new three.Group();
  const route = new three.Group();
  const place = (object) => {
    object.scale.setScalar(scene.step_mm);
    object.position.set(...scene.middle_mm);
    return object;
  };
  for (const skin of scene.skins) solid.add(place(await skinned(skin, files, top)));
  for (const part of scene.strokes) route.add(place(await stroked(part, files, top)));
  route.visible = false;

  const world = new three.Scene();
  const box = new three.Box3().setFromObject(solid);
  world.add(solid, route, ...lights(), bed(box));
  const camera = new three.PerspectiveCamera(35, 4 / 3, 0.1, 1e5);
  camera.up.set(0, 0, 1);
  const controls = new three.OrbitControls(camera, renderer.domElement);
  const draw = () => renderer.render(world, camera);
  controls.addEventListener("change", draw);
  look(camera, controls, box, [-0.9, -1.5, 0.9]);
  fit(renderer, host, draw);
  steer(host, { solid, route, camera, controls, box, draw });
  return {
    cut: (height_mm) => { top.constant = Math.min(height_mm, ABOVE_ALL_MM); draw(); },
  };
}

function started(host) {
  try {
    const renderer = new three.WebGLRenderer({
      canvas: host.querySelector("canvas"), antialias: true, alpha: true,
      preserveDrawingBuffer: true, // for who prints the page
    });
    renderer.localClippingEnabled = true;
    return renderer;
  } catch { // no WebGL here: the pictures say the same
    host.querySelector("[data-failed]").hidden = false;
    host.querySelector("canvas").hidden = true;
    return null;
  }
}

async function skinned(skin, files, top) {
  const shape = new three.BufferGeometry();
  const corners = new Int16Array(await fetched(files + skin.corners));
  shape.setAttribute("position", new three.BufferAttribute(corners, 3));
  shape.setIndex(new three.BufferAttribute(new Uint32Array(await fetched(files + skin.triangles)), 1));
  shape.computeVertexNormals();
  return new three.Mesh(shape, new three.MeshLambertMaterial({
    color: SKIN[skin.outcome] ?? SKIN.clear, side: three.DoubleSide, clippingPlanes: [top],
  }));
}

async function stroked(part, files, top) {
  const shape = new three.BufferGeometry();
  const ends = new Int16Array(await fetched(files + part.file));
  shape.setAttribute("position", new three.BufferAttribute(ends, 3));
  return new three.LineSegments(
    shape, new three.LineBasicMaterial({ color: STROKE, clippingPlanes: [top] }));
}

function lights() {
  const sun = new three.DirectionalLight(0xffffff, 1.6);
  sun.position.set(-1, -2, 3);
  return [new three.HemisphereLight(0xffffff, 0x8c96a5, 1.7), sun];
}

/** A grid of 10 mm squares under the object. */
function bed(box) {
  const size = box.getSize(new three.Vector3());
  const side = Math.ceil(Math.max(size.x, size.y) / 10 + 2) * 10;
  const grid = new three.GridHelper(side, side / 10, ...GRID);
  grid.rotation.x = Math.PI / 2;
  const middle = box.getCenter(new three.Vector3());
  grid.position.set(middle.x, middle.y, box.min.z);
  return grid;
}

function look(camera, controls, box, from) {
  const middle = box.getCenter(new three.Vector3());
  const radius = box.getSize(new three.Vector3()).length() / 2;
  const direction = new three.Vector3(...from).normalize();
  camera.position.copy(middle).addScaledVector(direction, radius / Math.sin(HALF_VIEW));
  controls.target.copy(middle);
  controls.update();
}

function fit(renderer, host, draw) {
  const resize = () => {
    const width = host.clientWidth;
    renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    renderer.setSize(width, (width * 3) / 4, false);
    draw();
  };
  new ResizeObserver(resize).observe(host);
  resize();
}

const SIDES = { top: [0, -0.001, 1], front: [0, -1, 0.0], side: [1, 0, 0.0], corner: [-0.9, -1.5, 0.9] };

function steer(host, { solid, route, camera, controls, box, draw }) {
  const section = host.parentElement;
  section.addEventListener("click", (event) => {
    const from = SIDES[event.target.dataset.side];
    if (from) { look(camera, controls, box, from); draw(); }
  });
  section.addEventListener("change", (event) => {
    if (event.target.name !== "shown") return;
    solid.visible = event.target.value !== "route";
    route.visible = event.target.value !== "solid";
    draw();
  });
  host.querySelector("canvas").addEventListener("keydown", (event) => {
    const turn = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!turn) return;
    event.preventDefault();
    const arm = camera.position.clone().sub(controls.target).applyAxisAngle(camera.up, turn[0] * 0.2);
    const side = new three.Vector3().crossVectors(arm, camera.up).normalize();
    const tilted = arm.clone().applyAxisAngle(side, turn[1] * 0.2);
    if (Math.abs(tilted.clone().normalize().z) < 0.99) arm.copy(tilted);
    camera.position.copy(controls.target).add(arm);
    controls.update();
    draw();
  });
}
