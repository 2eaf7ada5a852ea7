// What only the administrator opens, as one piece over the wire.
export { Network } from '../network/Network';
export { Transfers } from '../network/Transfers';
export { Accounts } from '../office/Accounts';
export { Classes } from '../office/Classes';
export { Duplicates } from '../office/Duplicates';
export { Erasures } from '../office/Erasures';
export { Import } from '../office/Import';
export { Journal } from '../office/Journal';
export { Lists } from '../office/Lists';
export { Promotion } from '../office/Promotion';
export { Server } from '../office/Server';
export { Setup } from '../office/Setup';
export { Staff } from '../office/Staff';
export { StaffCard } from '../office/StaffCard';
