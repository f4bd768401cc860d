// What the demo prints: headings, lines, a progress line where there is a terminal, a table.

const terminal = process.stdout.isTTY;

/** @param {string} text */
export function heading(text) {
  console.log(`\n${text}\n${'─'.repeat(text.length)}`);
}

/**
 * @param {string} mark
 * @param {string} text
 */
export function say(mark, text) {
  console.log(`${mark} ${text}`);
}

/**
 * One line that is written over and over; without a terminal, a line a second.
 * @param {string} text
 */
export function progress(text) {
  if (terminal) process.stdout.write(`\r\x1b[2K${text}`);
  else console.log(text);
}

/** How often progress is shown, in milliseconds. */
export const PROGRESS_INTERVAL = terminal ? 100 : 1000;

export function endProgress() {
  if (terminal) process.stdout.write('\r\x1b[2K');
}

/**
 * @param {string[]} head
 * @param {string[][]} rows
 */
export function table(head, rows) {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  for (const row of [head, ...rows]) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(cells.join('   '));
  }
}
