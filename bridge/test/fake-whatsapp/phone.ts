import type { LinkedDevice } from "./linked-device.js";
import { newAppState, type AppState } from "./app-state.js";
import { lidOf } from "./jids.js";
import { SignalEndpoint } from "./signal-endpoint.js";

/** A chat as the phone hands it to a newly linked device. */
export interface PastChat {
  with: string;
  name?: string;
  messages: { id?: string; text: string; from_me?: boolean; seconds_ago: number }[];
}

/** A person's phone: an account of ours once a companion is to be linked to it, else a contact. */
export class Phone {
  readonly lid: string;
  name: string;
  isAccount = false;
  endpoint = new SignalEndpoint();
  devices = new Map<number, LinkedDevice>();
  nextDevice = 1;
  addressBook: { phone: string; name: string }[] = [];
  history: PastChat[] = [];
  appState: AppState = newAppState();

  constructor(readonly number: string) {
    this.lid = lidOf(number);
    this.name = `Pessoa ${number.slice(-4)}`;
  }

  /** The device linked last: tests and people have one. */
  get device(): LinkedDevice | undefined {
    return [...this.devices.values()].at(-1);
  }
}
