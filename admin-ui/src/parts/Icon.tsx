// The interface's own line icons, on a 20-unit grid.
const PATHS = {
  home: 'M3.5 9.5 10 4l6.5 5.5V16h-4.2v-4H7.7v4H3.5z',
  students: 'M7.5 9.2a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM2.5 16.4c0-2.9 2-4.6 5-4.6s5 1.7 5 4.6M13 4a2.7 2.7 0 0 1 0 5M14.2 12c2 .4 3.3 2 3.3 4.4',
  transfers: 'M3 7h12.5M12.5 3.8 15.8 7l-3.3 3.2M17 13H4.5M7.5 9.8 4.2 13l3.3 3.2',
  network: 'M10 5.6V9M10 9 5 12M10 9l5 3M10 5.6a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6zM4.4 16a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8zM15.6 16a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8z',
  import: 'M10 3v8.5M6.6 8.4 10 11.8l3.4-3.4M3.5 12.5v4h13v-4',
  check: 'm4.5 10.5 3.6 3.6 7.4-8',
  clock: 'M10 5.6V10l2.8 1.8',
  back: 'M7.5 5.5 4 9l3.5 3.5M4.2 9H12a4 4 0 0 1 0 8H9',
  cross: 'm5.5 5.5 9 9m0-9-9 9',
  plus: 'M10 4v12M4 10h12',
  search: 'M8.8 14.2a5.4 5.4 0 1 0 0-10.8 5.4 5.4 0 0 0 0 10.8zM12.8 12.8 17 17',
  print: 'M6 7V3h8v4M6 13.5H3.5v-5A1.5 1.5 0 0 1 5 7h10a1.5 1.5 0 0 1 1.5 1.5v5H14M6 11.5h8V17H6z',
  download: 'M10 3v9M6.4 8.6 10 12.2l3.6-3.6M4 16.5h12',
  pause: 'M7 4.5v11M13 4.5v11',
  play: 'm6.5 4.5 9 5.5-9 5.5z',
  sun: 'M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM10 1.8v2M10 16.2v2M1.8 10h2M16.2 10h2M4.2 4.2l1.4 1.4M14.4 14.4l1.4 1.4M4.2 15.8l1.4-1.4M14.4 5.6l1.4-1.4',
  moon: 'M16.2 12A6.8 6.8 0 0 1 8 3.8 6.6 6.6 0 1 0 16.2 12z',
  auto: 'M10 3.2a6.8 6.8 0 1 0 0 13.6zM10 3.2a6.8 6.8 0 0 1 0 13.6',
  out: 'M11 3.5H4.5v13H11M8.5 10h8M13.5 6.8l3.2 3.2-3.2 3.2',
  left: 'M12.5 4.5 7 10l5.5 5.5',
  up: 'M10 16V4.5M5.5 9 10 4.5 14.5 9',
  down: 'M10 4v11.5M5.5 11l4.5 4.5 4.5-4.5',
  keys: 'M2.8 5.5h14.4v9H2.8zM5.6 8.4h.01M8.5 8.4h.01M11.4 8.4h.01M14.3 8.4h.01M6.5 11.8h7',
  lock: 'M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9',
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
