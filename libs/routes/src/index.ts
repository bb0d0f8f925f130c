export { Admitted, factsOf, MetricsProbe, Probe, Public, PUBLIC, type RouteFacts } from './route-facts.js';
export { keepRouteTable, methodsAt, type KnownRoute } from './route-table.js';
