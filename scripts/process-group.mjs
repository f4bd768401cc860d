/**
 * Ends whatever is left of the process group of a child that was spawned `detached`.
 *
 * @param {number | undefined} leader the child's pid
 */
export function endGroup(leader) {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody was left.
  }
}
