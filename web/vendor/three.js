// The parts of three.js that the console uses; the rest stays out of the bundle.
export {
  Box3, BufferAttribute, BufferGeometry, DirectionalLight, DoubleSide, GridHelper, Group, HemisphereLight,
  LineBasicMaterial, LineSegments, Mesh, MeshLambertMaterial, PerspectiveCamera, Plane, Scene, Vector3,
  WebGLRenderer,
} from "three";
export { OrbitControls } from "three/addons/controls/OrbitControls.js";
