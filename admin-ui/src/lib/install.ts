// The browser offers to install once, at a moment of its own choosing; the offer is kept until it is asked for.
import { signal } from '@preact/signals';

type Offer = Event & { prompt(): Promise<unknown> };
export const offer = signal<Offer | null>(null);

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  offer.value = event as Offer;
});
addEventListener('appinstalled', () => { offer.value = null; });

export const installed = () => matchMedia('(display-mode: standalone)').matches;

export async function install() {
  const mine = offer.value;
  offer.value = null;
  await mine?.prompt();
}
