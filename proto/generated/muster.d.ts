import * as $protobuf from "protobufjs";
import Long = require("long");

/** Namespace muster. */
export namespace muster {

    /**
     * Properties of a Vector3.
     * @deprecated Use muster.Vector3.$Properties instead.
     */
    interface IVector3 extends muster.Vector3.$Properties {
    }

    /** Represents a Vector3. */
    class Vector3 {

        /**
         * Constructs a new Vector3.
         * @param [properties] Properties to set
         */
        constructor(properties?: muster.Vector3.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Vector3 x. */
        x: number;

        /** Vector3 y. */
        y: number;

        /** Vector3 z. */
        z: number;

        /**
         * Encodes the specified Vector3 message. Does not implicitly {@link muster.Vector3.verify|verify} messages.
         * @param message Vector3 message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: muster.Vector3.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Vector3 message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {muster.Vector3 & muster.Vector3.$Shape} Vector3
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): muster.Vector3 & muster.Vector3.$Shape;
    }

    namespace Vector3 {

        /** Properties of a Vector3. */
        interface $Properties {

            /** Vector3 x */
            x?: (number|null);

            /** Vector3 y */
            y?: (number|null);

            /** Vector3 z */
            z?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Vector3. */
        type $Shape = muster.Vector3.$Properties;
    }

    /**
     * Properties of a Quaternion.
     * @deprecated Use muster.Quaternion.$Properties instead.
     */
    interface IQuaternion extends muster.Quaternion.$Properties {
    }

    /** Represents a Quaternion. */
    class Quaternion {

        /**
         * Constructs a new Quaternion.
         * @param [properties] Properties to set
         */
        constructor(properties?: muster.Quaternion.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Quaternion x. */
        x: number;

        /** Quaternion y. */
        y: number;

        /** Quaternion z. */
        z: number;

        /** Quaternion w. */
        w: number;

        /**
         * Encodes the specified Quaternion message. Does not implicitly {@link muster.Quaternion.verify|verify} messages.
         * @param message Quaternion message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: muster.Quaternion.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Quaternion message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {muster.Quaternion & muster.Quaternion.$Shape} Quaternion
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): muster.Quaternion & muster.Quaternion.$Shape;
    }

    namespace Quaternion {

        /** Properties of a Quaternion. */
        interface $Properties {

            /** Quaternion x */
            x?: (number|null);

            /** Quaternion y */
            y?: (number|null);

            /** Quaternion z */
            z?: (number|null);

            /** Quaternion w */
            w?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Quaternion. */
        type $Shape = muster.Quaternion.$Properties;
    }

    /**
     * Properties of a ClientHello.
     * @deprecated Use muster.ClientHello.$Properties instead.
     */
    interface IClientHello extends muster.ClientHello.$Properties {
    }

    /** Represents a ClientHello. */
    class ClientHello {

        /**
         * Constructs a new ClientHello.
         * @param [properties] Properties to set
         */
        constructor(properties?: muster.ClientHello.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ClientHello display_name. */
        display_name: string;

        /** ClientHello client_version. */
        client_version: string;

        /**
         * Encodes the specified ClientHello message. Does not implicitly {@link muster.ClientHello.verify|verify} messages.
         * @param message ClientHello message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: muster.ClientHello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ClientHello message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {muster.ClientHello & muster.ClientHello.$Shape} ClientHello
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): muster.ClientHello & muster.ClientHello.$Shape;
    }

    namespace ClientHello {

        /** Properties of a ClientHello. */
        interface $Properties {

            /** ClientHello display_name */
            display_name?: (string|null);

            /** ClientHello client_version */
            client_version?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ClientHello. */
        type $Shape = muster.ClientHello.$Properties;
    }

    /**
     * Properties of a PositionUpdate.
     * @deprecated Use muster.PositionUpdate.$Properties instead.
     */
    interface IPositionUpdate extends muster.PositionUpdate.$Properties {
    }

    /** Represents a PositionUpdate. */
    class PositionUpdate {

        /**
         * Constructs a new PositionUpdate.
         * @param [properties] Properties to set
         */
        constructor(properties?: muster.PositionUpdate.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** PositionUpdate entity_id. */
        entity_id: string;

        /** PositionUpdate position. */
        position?: (muster.Vector3.$Properties|null);

        /** PositionUpdate rotation. */
        rotation?: (muster.Quaternion.$Properties|null);

        /** PositionUpdate seq. */
        seq: number;

        /**
         * Encodes the specified PositionUpdate message. Does not implicitly {@link muster.PositionUpdate.verify|verify} messages.
         * @param message PositionUpdate message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: muster.PositionUpdate.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a PositionUpdate message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {muster.PositionUpdate & muster.PositionUpdate.$Shape} PositionUpdate
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): muster.PositionUpdate & muster.PositionUpdate.$Shape;
    }

    namespace PositionUpdate {

        /** Properties of a PositionUpdate. */
        interface $Properties {

            /** PositionUpdate entity_id */
            entity_id?: (string|null);

            /** PositionUpdate position */
            position?: (muster.Vector3.$Properties|null);

            /** PositionUpdate rotation */
            rotation?: (muster.Quaternion.$Properties|null);

            /** PositionUpdate seq */
            seq?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a PositionUpdate. */
        type $Shape = muster.PositionUpdate.$Properties;
    }

    /**
     * Properties of a ChatMessage.
     * @deprecated Use muster.ChatMessage.$Properties instead.
     */
    interface IChatMessage extends muster.ChatMessage.$Properties {
    }

    /** Represents a ChatMessage. */
    class ChatMessage {

        /**
         * Constructs a new ChatMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: muster.ChatMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ChatMessage text. */
        text: string;

        /**
         * Encodes the specified ChatMessage message. Does not implicitly {@link muster.ChatMessage.verify|verify} messages.
         * @param message ChatMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: muster.ChatMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ChatMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {muster.ChatMessage & muster.ChatMessage.$Shape} ChatMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): muster.ChatMessage & muster.ChatMessage.$Shape;
    }

    namespace ChatMessage {

        /** Properties of a ChatMessage. */
        interface $Properties {

            /** ChatMessage text */
            text?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ChatMessage. */
        type $Shape = muster.ChatMessage.$Properties;
    }

    /**
     * Properties of an EntitySpawn.
     * @deprecated Use muster.EntitySpawn.$Properties instead.
     */
    interface IEntitySpawn extends muster.EntitySpawn.$Properties {
    }

    /** Represents an EntitySpawn. */
    class EntitySpawn {

        /**
         * Constructs a new EntitySpawn.
         * @param [properties] Properties to set
         */
        constructor(properties?: muster.EntitySpawn.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** EntitySpawn entity_id. */
        entity_id: string;

        /** EntitySpawn kind. */
        kind: string;

        /** EntitySpawn position. */
        position?: (muster.Vector3.$Properties|null);

        /** EntitySpawn rotation. */
        rotation?: (muster.Quaternion.$Properties|null);

        /** EntitySpawn data. */
        data: string;

        /**
         * Encodes the specified EntitySpawn message. Does not implicitly {@link muster.EntitySpawn.verify|verify} messages.
         * @param message EntitySpawn message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: muster.EntitySpawn.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an EntitySpawn message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {muster.EntitySpawn & muster.EntitySpawn.$Shape} EntitySpawn
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): muster.EntitySpawn & muster.EntitySpawn.$Shape;
    }

    namespace EntitySpawn {

        /** Properties of an EntitySpawn. */
        interface $Properties {

            /** EntitySpawn entity_id */
            entity_id?: (string|null);

            /** EntitySpawn kind */
            kind?: (string|null);

            /** EntitySpawn position */
            position?: (muster.Vector3.$Properties|null);

            /** EntitySpawn rotation */
            rotation?: (muster.Quaternion.$Properties|null);

            /** EntitySpawn data */
            data?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an EntitySpawn. */
        type $Shape = muster.EntitySpawn.$Properties;
    }

    /**
     * Properties of a PresenceEvent.
     * @deprecated Use muster.PresenceEvent.$Properties instead.
     */
    interface IPresenceEvent extends muster.PresenceEvent.$Properties {
    }

    /** Represents a PresenceEvent. */
    class PresenceEvent {

        /**
         * Constructs a new PresenceEvent.
         * @param [properties] Properties to set
         */
        constructor(properties?: muster.PresenceEvent.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** PresenceEvent status. */
        status: string;

        /** PresenceEvent text. */
        text: string;

        /**
         * Encodes the specified PresenceEvent message. Does not implicitly {@link muster.PresenceEvent.verify|verify} messages.
         * @param message PresenceEvent message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: muster.PresenceEvent.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a PresenceEvent message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {muster.PresenceEvent & muster.PresenceEvent.$Shape} PresenceEvent
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): muster.PresenceEvent & muster.PresenceEvent.$Shape;
    }

    namespace PresenceEvent {

        /** Properties of a PresenceEvent. */
        interface $Properties {

            /** PresenceEvent status */
            status?: (string|null);

            /** PresenceEvent text */
            text?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a PresenceEvent. */
        type $Shape = muster.PresenceEvent.$Properties;
    }

    /**
     * Properties of a ClientMessage.
     * @deprecated Use muster.ClientMessage.$Properties instead.
     */
    interface IClientMessage extends muster.ClientMessage.$Properties {
    }

    /** Represents a ClientMessage. */
    class ClientMessage {

        /**
         * Constructs a new ClientMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: muster.ClientMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ClientMessage timestamp. */
        timestamp: number;

        /** ClientMessage client_hello. */
        client_hello?: (muster.ClientHello.$Properties|null);

        /** ClientMessage position_update. */
        position_update?: (muster.PositionUpdate.$Properties|null);

        /** ClientMessage chat_message. */
        chat_message?: (muster.ChatMessage.$Properties|null);

        /** ClientMessage entity_spawn. */
        entity_spawn?: (muster.EntitySpawn.$Properties|null);

        /** ClientMessage presence_event. */
        presence_event?: (muster.PresenceEvent.$Properties|null);

        /** ClientMessage kind. */
        kind?: ("client_hello"|"position_update"|"chat_message"|"entity_spawn"|"presence_event");

        /**
         * Encodes the specified ClientMessage message. Does not implicitly {@link muster.ClientMessage.verify|verify} messages.
         * @param message ClientMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: muster.ClientMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ClientMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {muster.ClientMessage & muster.ClientMessage.$Shape} ClientMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): muster.ClientMessage & muster.ClientMessage.$Shape;
    }

    namespace ClientMessage {

        /** Properties of a ClientMessage. */
        interface $Properties {

            /** ClientMessage timestamp */
            timestamp?: (number|null);

            /** ClientMessage client_hello */
            client_hello?: (muster.ClientHello.$Properties|null);

            /** ClientMessage position_update */
            position_update?: (muster.PositionUpdate.$Properties|null);

            /** ClientMessage chat_message */
            chat_message?: (muster.ChatMessage.$Properties|null);

            /** ClientMessage entity_spawn */
            entity_spawn?: (muster.EntitySpawn.$Properties|null);

            /** ClientMessage presence_event */
            presence_event?: (muster.PresenceEvent.$Properties|null);

            /** ClientMessage kind */
            kind?: ("client_hello"|"position_update"|"chat_message"|"entity_spawn"|"presence_event");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a ClientMessage. */
        type $Shape = {
          timestamp?: number|null;
          client_hello?: muster.ClientHello.$Shape|null;
          position_update?: muster.PositionUpdate.$Shape|null;
          chat_message?: muster.ChatMessage.$Shape|null;
          entity_spawn?: muster.EntitySpawn.$Shape|null;
          presence_event?: muster.PresenceEvent.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ kind?: undefined; client_hello?: null; position_update?: null; chat_message?: null; entity_spawn?: null; presence_event?: null }|{ kind?: "client_hello"; client_hello: muster.ClientHello.$Shape; position_update?: null; chat_message?: null; entity_spawn?: null; presence_event?: null }|{ kind?: "position_update"; client_hello?: null; position_update: muster.PositionUpdate.$Shape; chat_message?: null; entity_spawn?: null; presence_event?: null }|{ kind?: "chat_message"; client_hello?: null; position_update?: null; chat_message: muster.ChatMessage.$Shape; entity_spawn?: null; presence_event?: null }|{ kind?: "entity_spawn"; client_hello?: null; position_update?: null; chat_message?: null; entity_spawn: muster.EntitySpawn.$Shape; presence_event?: null }|{ kind?: "presence_event"; client_hello?: null; position_update?: null; chat_message?: null; entity_spawn?: null; presence_event: muster.PresenceEvent.$Shape })
        );
    }

    /**
     * Properties of a ServerHello.
     * @deprecated Use muster.ServerHello.$Properties instead.
     */
    interface IServerHello extends muster.ServerHello.$Properties {
    }

    /** Represents a ServerHello. */
    class ServerHello {

        /**
         * Constructs a new ServerHello.
         * @param [properties] Properties to set
         */
        constructor(properties?: muster.ServerHello.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ServerHello room_id. */
        room_id: string;

        /** ServerHello client_id. */
        client_id: string;

        /**
         * Encodes the specified ServerHello message. Does not implicitly {@link muster.ServerHello.verify|verify} messages.
         * @param message ServerHello message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: muster.ServerHello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ServerHello message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {muster.ServerHello & muster.ServerHello.$Shape} ServerHello
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): muster.ServerHello & muster.ServerHello.$Shape;
    }

    namespace ServerHello {

        /** Properties of a ServerHello. */
        interface $Properties {

            /** ServerHello room_id */
            room_id?: (string|null);

            /** ServerHello client_id */
            client_id?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ServerHello. */
        type $Shape = muster.ServerHello.$Properties;
    }

    /**
     * Properties of an Error.
     * @deprecated Use muster.Error.$Properties instead.
     */
    interface IError extends muster.Error.$Properties {
    }

    /** Represents an Error. */
    class Error {

        /**
         * Constructs a new Error.
         * @param [properties] Properties to set
         */
        constructor(properties?: muster.Error.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** Error code. */
        code: string;

        /** Error message. */
        message: string;

        /** Error retry_after_ms. */
        retry_after_ms: number;

        /**
         * Encodes the specified Error message. Does not implicitly {@link muster.Error.verify|verify} messages.
         * @param message Error message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: muster.Error.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes an Error message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {muster.Error & muster.Error.$Shape} Error
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): muster.Error & muster.Error.$Shape;
    }

    namespace Error {

        /** Properties of an Error. */
        interface $Properties {

            /** Error code */
            code?: (string|null);

            /** Error message */
            message?: (string|null);

            /** Error retry_after_ms */
            retry_after_ms?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of an Error. */
        type $Shape = muster.Error.$Properties;
    }

    /**
     * Properties of a Pong.
     * @deprecated Use muster.Pong.$Properties instead.
     */
    interface IPong extends muster.Pong.$Properties {
    }

    /** Represents a Pong. */
    class Pong {

        /**
         * Constructs a new Pong.
         * @param [properties] Properties to set
         */
        constructor(properties?: muster.Pong.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /**
         * Encodes the specified Pong message. Does not implicitly {@link muster.Pong.verify|verify} messages.
         * @param message Pong message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: muster.Pong.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a Pong message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {muster.Pong & muster.Pong.$Shape} Pong
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): muster.Pong & muster.Pong.$Shape;
    }

    namespace Pong {

        /** Properties of a Pong. */
        interface $Properties {

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a Pong. */
        type $Shape = muster.Pong.$Properties;
    }

    /**
     * Properties of a ServerDraining.
     * @deprecated Use muster.ServerDraining.$Properties instead.
     */
    interface IServerDraining extends muster.ServerDraining.$Properties {
    }

    /** Represents a ServerDraining. */
    class ServerDraining {

        /**
         * Constructs a new ServerDraining.
         * @param [properties] Properties to set
         */
        constructor(properties?: muster.ServerDraining.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ServerDraining reconnect_in_ms. */
        reconnect_in_ms: number;

        /**
         * Encodes the specified ServerDraining message. Does not implicitly {@link muster.ServerDraining.verify|verify} messages.
         * @param message ServerDraining message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: muster.ServerDraining.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ServerDraining message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {muster.ServerDraining & muster.ServerDraining.$Shape} ServerDraining
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): muster.ServerDraining & muster.ServerDraining.$Shape;
    }

    namespace ServerDraining {

        /** Properties of a ServerDraining. */
        interface $Properties {

            /** ServerDraining reconnect_in_ms */
            reconnect_in_ms?: (number|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a ServerDraining. */
        type $Shape = muster.ServerDraining.$Properties;
    }

    /**
     * Properties of a TokenExpiring.
     * @deprecated Use muster.TokenExpiring.$Properties instead.
     */
    interface ITokenExpiring extends muster.TokenExpiring.$Properties {
    }

    /** Represents a TokenExpiring. */
    class TokenExpiring {

        /**
         * Constructs a new TokenExpiring.
         * @param [properties] Properties to set
         */
        constructor(properties?: muster.TokenExpiring.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** TokenExpiring expires_at. */
        expires_at: string;

        /**
         * Encodes the specified TokenExpiring message. Does not implicitly {@link muster.TokenExpiring.verify|verify} messages.
         * @param message TokenExpiring message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: muster.TokenExpiring.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a TokenExpiring message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {muster.TokenExpiring & muster.TokenExpiring.$Shape} TokenExpiring
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): muster.TokenExpiring & muster.TokenExpiring.$Shape;
    }

    namespace TokenExpiring {

        /** Properties of a TokenExpiring. */
        interface $Properties {

            /** TokenExpiring expires_at */
            expires_at?: (string|null);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Shape of a TokenExpiring. */
        type $Shape = muster.TokenExpiring.$Properties;
    }

    /**
     * Properties of a ServerMessage.
     * @deprecated Use muster.ServerMessage.$Properties instead.
     */
    interface IServerMessage extends muster.ServerMessage.$Properties {
    }

    /** Represents a ServerMessage. */
    class ServerMessage {

        /**
         * Constructs a new ServerMessage.
         * @param [properties] Properties to set
         */
        constructor(properties?: muster.ServerMessage.$Properties);

        /** Unknown fields preserved while decoding when enabled */
        $unknowns?: Uint8Array[];

        /** ServerMessage timestamp. */
        timestamp: number;

        /** ServerMessage server_hello. */
        server_hello?: (muster.ServerHello.$Properties|null);

        /** ServerMessage error. */
        error?: (muster.Error.$Properties|null);

        /** ServerMessage pong. */
        pong?: (muster.Pong.$Properties|null);

        /** ServerMessage server_draining. */
        server_draining?: (muster.ServerDraining.$Properties|null);

        /** ServerMessage token_expiring. */
        token_expiring?: (muster.TokenExpiring.$Properties|null);

        /** ServerMessage kind. */
        kind?: ("server_hello"|"error"|"pong"|"server_draining"|"token_expiring");

        /**
         * Encodes the specified ServerMessage message. Does not implicitly {@link muster.ServerMessage.verify|verify} messages.
         * @param message ServerMessage message or plain object to encode
         * @param [writer] Writer to encode to
         * @returns Writer
         */
        static encode(message: muster.ServerMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

        /**
         * Decodes a ServerMessage message from the specified reader or buffer.
         * @param reader Reader or buffer to decode from
         * @param [length] Message length if known beforehand
         * @returns {muster.ServerMessage & muster.ServerMessage.$Shape} ServerMessage
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): muster.ServerMessage & muster.ServerMessage.$Shape;
    }

    namespace ServerMessage {

        /** Properties of a ServerMessage. */
        interface $Properties {

            /** ServerMessage timestamp */
            timestamp?: (number|null);

            /** ServerMessage server_hello */
            server_hello?: (muster.ServerHello.$Properties|null);

            /** ServerMessage error */
            error?: (muster.Error.$Properties|null);

            /** ServerMessage pong */
            pong?: (muster.Pong.$Properties|null);

            /** ServerMessage server_draining */
            server_draining?: (muster.ServerDraining.$Properties|null);

            /** ServerMessage token_expiring */
            token_expiring?: (muster.TokenExpiring.$Properties|null);

            /** ServerMessage kind */
            kind?: ("server_hello"|"error"|"pong"|"server_draining"|"token_expiring");

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];
        }

        /** Narrowed shape of a ServerMessage. */
        type $Shape = {
          timestamp?: number|null;
          server_hello?: muster.ServerHello.$Shape|null;
          error?: muster.Error.$Shape|null;
          pong?: muster.Pong.$Shape|null;
          server_draining?: muster.ServerDraining.$Shape|null;
          token_expiring?: muster.TokenExpiring.$Shape|null;
          $unknowns?: Uint8Array[];
        } & (
          ({ kind?: undefined; server_hello?: null; error?: null; pong?: null; server_draining?: null; token_expiring?: null }|{ kind?: "server_hello"; server_hello: muster.ServerHello.$Shape; error?: null; pong?: null; server_draining?: null; token_expiring?: null }|{ kind?: "error"; server_hello?: null; error: muster.Error.$Shape; pong?: null; server_draining?: null; token_expiring?: null }|{ kind?: "pong"; server_hello?: null; error?: null; pong: muster.Pong.$Shape; server_draining?: null; token_expiring?: null }|{ kind?: "server_draining"; server_hello?: null; error?: null; pong?: null; server_draining: muster.ServerDraining.$Shape; token_expiring?: null }|{ kind?: "token_expiring"; server_hello?: null; error?: null; pong?: null; server_draining?: null; token_expiring: muster.TokenExpiring.$Shape })
        );
    }
}
