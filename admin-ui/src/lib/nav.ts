// Which sections each role has. The first five stand at the thumb on a phone, the rest behind «Ещё».
import type { IconName } from '../parts/Icon';
import type { Role } from './api';
import { route } from './router';

export type Section = 'home' | 'portfolio' | 'results' | 'plan' | 'consents' | 'page' | 'looks' | 'review' | 'students' | 'own' | 'accounts' | 'transfers' | 'network' | 'import' | 'classes' | 'cards' | 'staff' | 'analysis' | 'lists' | 'journal' | 'server';
export type Item = { key: Section; href: string; icon: IconName };

const FAMILY: Item[] = [
  { key: 'home', href: '/', icon: 'home' },
  { key: 'portfolio', href: '/child/portfolio', icon: 'folder' },
  { key: 'results', href: '/child/results', icon: 'chart' },
  { key: 'plan', href: '/child/plan', icon: 'route' },
];
const ITEMS: Record<Role, Item[]> = {
  student: [...FAMILY, { key: 'page', href: '/child/page', icon: 'globe' }, { key: 'looks', href: '/child/looks', icon: 'eye' }],
  parent: [...FAMILY, { key: 'consents', href: '/child/consents', icon: 'check' }, { key: 'page', href: '/child/page', icon: 'globe' }, { key: 'looks', href: '/child/looks', icon: 'eye' }],
  teacher: [
    { key: 'home', href: '/', icon: 'home' },
    { key: 'review', href: '/review', icon: 'check' },
    { key: 'classes', href: '/classes', icon: 'table' },
    { key: 'students', href: '/students', icon: 'students' },
    { key: 'own', href: '/own', icon: 'folder' },
    { key: 'cards', href: '/cards', icon: 'paper' },
    { key: 'analysis', href: '/analysis', icon: 'chart' },
  ],
  administrator: [
    { key: 'home', href: '/', icon: 'home' },
    { key: 'students', href: '/students', icon: 'students' },
    { key: 'classes', href: '/classes', icon: 'table' },
    { key: 'staff', href: '/staff', icon: 'person' },
    { key: 'transfers', href: '/transfers', icon: 'transfers' },
    { key: 'analysis', href: '/analysis', icon: 'chart' },
    { key: 'accounts', href: '/accounts', icon: 'keys' },
    { key: 'import', href: '/import', icon: 'import' },
    { key: 'lists', href: '/lists', icon: 'list' },
    { key: 'network', href: '/network', icon: 'network' },
    { key: 'journal', href: '/journal', icon: 'eye' },
    { key: 'server', href: '/server', icon: 'server' },
  ],
  observer: [{ key: 'home', href: '/', icon: 'home' }],
};
export const THUMB = 5;

export const sections = (role: Role) => ITEMS[role];
export const isHere = (href: string) => (href === '/' ? route.value.path === '/' : route.value.path.startsWith(href));
