import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Connections on which no request has begun: those that a browser opens ahead, and those whose client sends nothing. Node counts them
 * as active and would wait for them without end when the server stops.
 */
export class UnusedConnections {
  private readonly sockets = new Set<Socket>();

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    server.on('request', ({ socket }) => this.sockets.delete(socket));
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
