import { applyMove, type Row } from "../judgement.js";
import type { Line, RowLine, WriteLine } from "./lines.js";
import type { Written } from "./receipts.js";

/** The ledger's rows in memory, by channel and message: a fold of the file's lines, nothing else. */
export class Rows {
  private readonly channels = new Map<string, Map<string, Row>>();

  get(channel: string, waId: string): Row | undefined {
    return this.channels.get(channel)?.get(waId);
  }

  apply(line: RowLine): Row {
    let rows = this.channels.get(line.channel);
    if (rows === undefined) {
      rows = new Map();
      this.channels.set(line.channel, rows);
    }
    const row = applyLine(rows.get(line.wa_id), line);
    rows.set(line.wa_id, row);
    return row;
  }
}

/** Here the line is the write itself: nothing is ever between `writing` and `written`. */
function applyLine(row: Row | undefined, line: RowLine): Row {
  const next = applyMove(row, line);
  return line.t === "write" ? applyMove(next, { t: "written", claim_no: line.claim_no }) : next;
}

/** The writes that the file says are not done, found while it is replayed. */
export class Unfinished {
  private readonly writes = new Map<string, Written>();

  replay(line: Line): void {
    if (line.t === "write") this.writes.set(keyOf(line), small(line));
    else if (line.t === "done") this.writes.delete(keyOf(line));
  }

  *[Symbol.iterator](): Iterator<Written> {
    yield* this.writes.values();
  }

  get size(): number {
    return this.writes.size;
  }
}

function keyOf({ channel, wa_id, claim_no }: { channel: string; wa_id: string; claim_no: number }): string {
  return `${channel} ${wa_id} ${claim_no}`;
}

function small({ channel, company, wa_id, claim_no, again, at, to }: WriteLine): Written {
  return { channel, company, wa_id, claim_no, again, at, to };
}
