internal import TwostepCore

/// The service files of a machine, as libpam would find them.
package struct PAMFolder: Sendable {
    package struct File: Equatable, Sendable {
        package let path: String
        package let text: [UInt8]

        package init(path: String, text: [UInt8]) {
            self.path = path
            self.text = text
        }
    }

    /// By name, or for what is included by its path, by the absolute path. Of /etc/pam.d and /usr/lib/pam.d the first
    /// that has a name counts.
    package var files: [String: File]

    package init(files: [String: File] = [:]) { self.files = files }

    /// A folder with these texts in /etc/pam.d.
    package init(texts: [String: String]) {
        files = [:]
        for (name, text) in texts {
            files[name] = File(path: name.hasPrefix("/") ? name : "/etc/pam.d/\(name)", text: Array(text.utf8))
        }
    }

    func file(_ name: [UInt8]) -> File? { files[String(decoding: name, as: UTF8.self)] }
}

/// A module in the order in which libpam calls them, all files put together.
package struct PAMHandler: Equatable, Sendable {
    package enum Action: Equatable, Sendable {
        case module([UInt8], arguments: [[UInt8]])
        /// The place where a substack begins; nothing is called there.
        case substack
        case fails(PAMTrouble)
    }

    package let action: Action
    /// How many substacks it stands in.
    package let level: Int
    package let actions: PAMActions
    package let control: [UInt8]
    /// The line itself.
    package let place: Place
    /// The line of the service's own file that brought it here: the same, or one that includes.
    package let origin: Place
    /// The files between: those that were included on the way, the service's own first.
    package let route: [String]

    /// The module's name without its folder and `.so`.
    package var name: String? {
        guard case .module(let path, _) = action else { return nil }
        let last = String(decoding: path, as: UTF8.self).split(separator: "/").last.map(String.init) ?? ""
        return last.hasSuffix(".so") ? String(last.dropLast(3)) : last
    }
}

/// What keeps a stack from being what its files say.
package enum PAMTrouble: Equatable, Sendable {
    case fault(PAMEntry.Fault)
    case missingFile([UInt8])
    /// A file that includes itself, or substacks deeper than libpam goes.
    case tooDeep([UInt8])
}

/// The stacks of a service.
package struct PAMService: Sendable {
    package let name: String
    /// The file that libpam reads for it: of the name, or `other`.
    package let file: String
    package private(set) var stacks: [PAMKind: [PAMHandler]]
    /// Where libpam gives the whole service up: nobody gets in.
    package private(set) var refusedWhole: (place: Place, trouble: PAMTrouble)?

    package func stack(_ kind: PAMKind) -> [PAMHandler] { stacks[kind] ?? [] }

    /// Puts a service together.
    ///
    /// - Returns: nil where there is neither a file of this name nor `other`.
    package static func load(_ name: String, from folder: PAMFolder) -> PAMService? {
        var assembly = Assembly(folder: folder)
        let own = folder.files[name]
        guard let file = own ?? folder.files["other"] else { return nil }
        if let own { assembly.add(own, only: nil, level: 0, origin: nil, route: []) }
        let stacks = assembly.stacks
        var others = Assembly(folder: folder)
        if let other = folder.files["other"] { others.add(other, only: nil, level: 0, origin: nil, route: []) }
        var service = PAMService(name: name, file: file.path, stacks: stacks)
        // A kind of which a file has no line is answered by "other".
        for kind in PAMKind.allCases where service.stack(kind).isEmpty { service.stacks[kind] = others.stacks[kind] }
        service.refusedWhole = assembly.refused ?? others.refused
        return service
    }
}

private struct Assembly {
    /// libpam's limit for substacks; for files that include each other as well, which it would follow for ever.
    private static let depth = 16

    let folder: PAMFolder
    var stacks: [PAMKind: [PAMHandler]] = [:]
    var refused: (place: Place, trouble: PAMTrouble)?

    mutating func add(_ file: PAMFolder.File, only: PAMKind?, level: Int, origin: Place?, route: [String]) {
        for entry in PAMEntry.entries(of: file.text) {
            let place = Place(file.path, entry.line.numbers.lowerBound)
            let context = Context(
                entry: entry, place: place, origin: origin ?? place, route: route + [file.path], level: level,
                only: only)
            switch entry.meaning {
            case .includeAll(let target):
                guard let found = folder.file(target), route.count < Assembly.depth else {
                    refuse(place, folder.file(target) == nil ? .missingFile(target) : .tooDeep(target))
                    continue
                }
                add(found, only: only, level: level, origin: context.origin, route: context.route)
            case .broken(.cutOff), .broken(.nothingIncluded):
                if case .broken(let fault) = entry.meaning { refuse(place, .fault(fault)) }
            default:
                let kind = isUnknownKind(entry) ? only ?? .auth : entry.kind
                if only == nil || only == kind { take(kind, context) }
            }
        }
    }

    private func isUnknownKind(_ entry: PAMEntry) -> Bool {
        if case .broken(.kind) = entry.meaning { return true }
        return false
    }

    private mutating func refuse(_ place: Place, _ trouble: PAMTrouble) {
        if refused == nil { refused = (place, trouble) }
    }

    private struct Context {
        let entry: PAMEntry
        let place: Place
        let origin: Place
        let route: [String]
        let level: Int
        let only: PAMKind?
    }

    private mutating func take(_ kind: PAMKind, _ context: Context) {
        switch context.entry.meaning {
        case .module(let path, let actions, let arguments):
            append(kind, .module(path, arguments: arguments), actions, context)
        case .broken(let fault): append(kind, .fails(.fault(fault)), .allBad, context)
        case .include(let target): include(kind, target, isSubstack: false, context)
        case .substack(let target): include(kind, target, isSubstack: true, context)
        case .includeAll: break
        }
    }

    private mutating func append(
        _ kind: PAMKind, _ action: PAMHandler.Action, _ actions: PAMActions, _ context: Context
    ) {
        stacks[kind, default: []].append(
            PAMHandler(
                action: action, level: context.level, actions: actions, control: context.entry.control,
                place: context.place, origin: context.origin, route: context.route))
    }

    private mutating func include(_ kind: PAMKind, _ target: [UInt8], isSubstack: Bool, _ context: Context) {
        if isSubstack { append(kind, .substack, .allBad, context) }
        let level = context.level + (isSubstack ? 1 : 0)
        guard let file = folder.file(target) else {
            return append(kind, .fails(.missingFile(target)), .allBad, context)
        }
        guard level < Assembly.depth, context.route.count <= Assembly.depth else {
            return append(kind, .fails(.tooDeep(target)), .allBad, context)
        }
        add(file, only: kind, level: level, origin: context.origin, route: context.route)
    }
}
