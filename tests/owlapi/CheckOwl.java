/*
 * What an OWL 2 tool such as Protégé makes of our Turtle files, one line a finding.
 *
 *   java -cp JARS CheckOwl.java GRAPH...
 *
 * A GRAPH is one Turtle file, or several joined by the path separator, which are then read as one graph. Imports are
 * found through the OASIS catalog (catalog-v001.xml) in the folder of each file and nowhere else: sockets are refused.
 *
 * Output, sorted and free of duplicates: GRAPH <tab> KIND <tab> text. Exit code: 0 no finding, 1 findings, 2 usage.
 *
 *   LOAD        the file is missing, is no Turtle, or is no ontology
 *   CATALOG     the catalog is malformed, points at no file, or contradicts another one
 *   IMPORT      an import that the catalog does not list
 *   NETWORK     something tried to open a socket (that must never appear: it is how the checker checks itself)
 *   UNPARSED    a triple that no axiom could be made of
 *   LOST        a triple that is gone after reading and writing: the parser dropped it without a word
 *   UNDECLARED  an entity used without a declaration
 *   ANONYMOUS   a blank node that is no class expression
 *   DL          a violation of the OWL 2 DL profile over the imports closure
 */

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.eclipse.rdf4j.model.BNode;
import org.eclipse.rdf4j.model.Literal;
import org.eclipse.rdf4j.model.Statement;
import org.eclipse.rdf4j.model.Value;
import org.eclipse.rdf4j.rio.RDFFormat;
import org.eclipse.rdf4j.rio.Rio;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.formats.NTriplesDocumentFormat;
import org.semanticweb.owlapi.formats.TurtleDocumentFormat;
import org.semanticweb.owlapi.io.FileDocumentSource;
import org.semanticweb.owlapi.io.OWLOntologyLoaderMetaData;
import org.semanticweb.owlapi.io.RDFParserMetaData;
import org.semanticweb.owlapi.io.UnparsableOntologyException;
import org.semanticweb.owlapi.model.AxiomType;
import org.semanticweb.owlapi.model.IRI;
import org.semanticweb.owlapi.model.MissingImportHandlingStrategy;
import org.semanticweb.owlapi.model.OWLDeclarationAxiom;
import org.semanticweb.owlapi.model.OWLDocumentFormat;
import org.semanticweb.owlapi.model.OWLEntity;
import org.semanticweb.owlapi.model.OWLException;
import org.semanticweb.owlapi.model.OWLOntology;
import org.semanticweb.owlapi.model.OWLOntologyCreationException;
import org.semanticweb.owlapi.model.OWLOntologyFactoryNotFoundException;
import org.semanticweb.owlapi.model.OWLOntologyIRIMapper;
import org.semanticweb.owlapi.model.OWLOntologyLoaderConfiguration;
import org.semanticweb.owlapi.model.OWLOntologyManager;
import org.semanticweb.owlapi.profiles.OWL2DLProfile;
import org.semanticweb.owlapi.profiles.OWLProfileViolation;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

public final class CheckOwl {
    private static final String CATALOG = "catalog-v001.xml";
    private static final String CATALOG_NAMESPACE = "urn:oasis:names:tc:entity:xmlns:xml:catalog";
    /** Where IRIs go that no catalog lists: a scheme that no handler reads, so that the import fails and says why. */
    private static final String NOT_IN_CATALOG = "not-in-catalog:";
    private static final String OWL = "http://www.w3.org/2002/07/owl#";
    /** IRIs that the OWL API makes up for what it cannot name. */
    private static final String API_ERROR = "http://org.semanticweb.owlapi/error#";

    /** Properties whose axioms have no direction: the OWL API writes their two sides in its own order. */
    private static final Set<String> SYMMETRIC = Set.of(OWL + "disjointWith", OWL + "equivalentClass",
            OWL + "equivalentProperty", OWL + "inverseOf", OWL + "propertyDisjointWith", OWL + "sameAs",
            OWL + "differentFrom");

    private static final Set<String> networkAttempts = new LinkedHashSet<>();

    private final String graph;
    private final Set<String> findings;
    private final Map<IRI, IRI> catalog = new TreeMap<>();

    private CheckOwl(String graph, Set<String> findings) {
        this.graph = graph;
        this.findings = findings;
    }

    public static void main(String[] graphs) throws IOException {
        if (graphs.length == 0) {
            System.err.println("usage: java -cp JARS CheckOwl.java GRAPH...");
            System.exit(2);
        }
        refuseNetwork();
        Set<String> findings = new TreeSet<>();
        for (String graph : graphs) {
            new CheckOwl(graph, findings).check();
        }
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        findings.forEach(out::println);
        System.exit(findings.isEmpty() ? 0 : 1);
    }

    /** Every socket of this machine's Java fails; what was tried is kept, so that it becomes a finding. */
    @SuppressWarnings("deprecation") // there is no other switch below all of URLConnection and Apache HttpClient
    private static void refuseNetwork() throws IOException {
        Socket.setSocketImplFactory(() -> {
            String caller = Arrays.stream(Thread.currentThread().getStackTrace()).map(StackTraceElement::toString)
                    .filter(line -> line.contains("owlapi") || line.contains("rdf4j")).findFirst()
                    .orElse("an unknown caller");
            networkAttempts.add("a socket was asked for by " + caller);
            throw new SecurityException("the network is out of bounds");
        });
    }

    private void check() {
        OWLOntologyManager manager = OWLManager.createOWLOntologyManager();
        manager.setOntologyLoaderConfiguration(new OWLOntologyLoaderConfiguration()
                .setMissingImportHandlingStrategy(MissingImportHandlingStrategy.THROW_EXCEPTION)
                .setFollowRedirects(false));
        manager.getIRIMappers().add((OWLOntologyIRIMapper) this::locate);
        List<File> files = Stream.of(graph.split(File.pathSeparator)).map(File::new).collect(Collectors.toList());
        files.stream().map(file -> file.getAbsoluteFile().toPath().normalize().getParent()).distinct()
                .forEach(this::readCatalog);
        List<OWLOntology> roots = new ArrayList<>();
        for (File file : files) {
            load(manager, file).ifPresent(roots::add);
        }
        networkAttempts.forEach(attempt -> report("NETWORK", attempt));
        networkAttempts.clear();
        if (roots.size() < files.size()) {
            return; // half a graph would only give false alarms
        }
        manager.ontologies().forEach(this::checkParsing);
        try {
            OWLOntology whole = roots.size() == 1 ? roots.get(0) : merge(manager);
            checkEntities(whole);
            checkProfile(whole);
            if (roots.size() == 1) {
                checkRoundTrip(whole, files.get(0));
            }
        } catch (OWLException | IOException error) {
            report("LOAD", error.toString());
        }
    }

    private IRI locate(IRI ontology) {
        IRI document = catalog.get(ontology);
        if (document == null) {
            report("IMPORT", ontology + " is not in the catalog");
            return IRI.create(NOT_IN_CATALOG + ontology);
        }
        return document;
    }

    private void readCatalog(Path folder) {
        Path file = folder.resolve(CATALOG);
        if (!Files.isRegularFile(file)) {
            return; // fine for a file that imports nothing
        }
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            NodeList entries =
                    factory.newDocumentBuilder().parse(file.toFile()).getElementsByTagNameNS(CATALOG_NAMESPACE, "uri");
            for (int index = 0; index < entries.getLength(); index++) {
                Element entry = (Element) entries.item(index);
                IRI name = IRI.create(entry.getAttribute("name"));
                URI target = file.toUri().resolve(entry.getAttribute("uri")).normalize();
                if (!"file".equals(target.getScheme()) || !Files.isRegularFile(Path.of(target))) {
                    report("CATALOG", name + " points at no file: " + entry.getAttribute("uri"));
                }
                IRI other = catalog.put(name, IRI.create(target));
                if (other != null && !other.equals(IRI.create(target))) {
                    report("CATALOG", name + " is listed twice, with different files");
                }
            }
        } catch (Exception error) { // SAX, parser configuration, IO, URI syntax: all say that the catalog is unusable
            report("CATALOG", folder.getFileName() + "/" + CATALOG + ": " + error.getMessage());
        }
    }

    private Optional<OWLOntology> load(OWLOntologyManager manager, File file) {
        IRI document = IRI.create(file.getAbsoluteFile().toPath().normalize().toUri());
        Optional<OWLOntology> imported = manager.ontologies()
                .filter(known -> manager.getOntologyDocumentIRI(known).equals(document)).findFirst();
        if (imported.isPresent()) {
            return imported; // an earlier file of this graph imports this one
        }
        try {
            return Optional.of(manager.loadOntologyFromOntologyDocument(
                    new FileDocumentSource(new File(document.toURI()), new TurtleDocumentFormat())));
        } catch (UnparsableOntologyException error) {
            error.getExceptions().values().forEach(cause -> report("LOAD", "no Turtle: " + cause.getMessage()));
        } catch (OWLOntologyFactoryNotFoundException error) {
            if (!error.getMessage().contains(NOT_IN_CATALOG)) { // else locate() has reported it
                report("LOAD", String.valueOf(error.getMessage()));
            }
        } catch (OWLOntologyCreationException error) {
            report("LOAD", String.valueOf(error.getMessage()));
        } catch (RuntimeException error) { // what the parser throws at, for instance, a malformed owl:members list
            report("LOAD", "the parser gave up: " + error);
        }
        return Optional.empty();
    }

    /** All ontologies of the manager as one, without imports. */
    private static OWLOntology merge(OWLOntologyManager manager) throws OWLOntologyCreationException {
        List<OWLOntology> parts = manager.ontologies().collect(Collectors.toList());
        OWLOntology whole = OWLManager.createOWLOntologyManager().createOntology();
        parts.forEach(part -> whole.addAxioms(part.axioms()));
        return whole;
    }

    private void checkParsing(OWLOntology ontology) {
        OWLOntologyLoaderMetaData data = Optional.ofNullable(ontology.getFormat())
                .flatMap(OWLDocumentFormat::getOntologyLoaderMetaData).orElse(null);
        if (!(data instanceof RDFParserMetaData)) {
            report("LOAD", "the parser gives no account of " + ontology.getOntologyID());
            return;
        }
        ((RDFParserMetaData) data).getUnparsedTriples().forEach(triple -> report("UNPARSED", String.valueOf(triple)));
        if (ontology.isAnonymous()) {
            IRI document = ontology.getOWLOntologyManager().getOntologyDocumentIRI(ontology);
            report("LOAD", "no owl:Ontology with an IRI in " + document);
        }
    }

    private void checkEntities(OWLOntology whole) {
        Set<OWLEntity> declared = whole.importsClosure().flatMap(part -> part.axioms(AxiomType.DECLARATION))
                .map(OWLDeclarationAxiom::getEntity).collect(Collectors.toSet());
        // The profile checker looks at uses; two files that declare one property differently need not use it.
        Map<String, String> kinds = new TreeMap<>();
        for (OWLEntity entity : declared) {
            if (!entity.isOWLNamedIndividual()) { // a class is no datatype, and a property of one kind only
                String realm = entity.isOWLClass() || entity.isOWLDatatype() ? "class" : "property";
                kinds.merge(entity.getIRI() + " as a " + realm, entity.getEntityType().getPrintName(),
                        (one, other) -> Stream.of(one, other).sorted().collect(Collectors.joining(", ")));
            }
        }
        kinds.forEach((entity, names) -> {
            if (names.contains(", ")) {
                report("DL", entity + " is declared as " + names);
            }
        });
        whole.importsClosure().flatMap(part -> part.signature()).distinct().forEach(entity -> {
            // OWL 2 DL lets individuals go undeclared; our files declare classes, properties and datatypes.
            if (!entity.isBuiltIn() && !entity.isOWLNamedIndividual() && !declared.contains(entity)
                    || entity.getIRI().toString().startsWith(API_ERROR)) {
                report("UNDECLARED", entity.getEntityType().getPrintName() + " " + entity.getIRI());
            }
        });
        whole.importsClosure().flatMap(part -> part.axioms())
                .filter(axiom -> axiom.anonymousIndividuals().findAny().isPresent())
                .forEach(axiom -> report("ANONYMOUS", axiom.toString()));
    }

    private void checkProfile(OWLOntology whole) {
        try {
            for (OWLProfileViolation violation : new OWL2DLProfile().checkOntology(whole).getViolations()) {
                report("DL", violation.toString());
            }
        } catch (RuntimeException error) { // an empty property chain, for instance, throws in the profile checker
            report("DL", "the profile checker gave up: " + error);
        }
    }

    /**
     * Turtle -> axioms -> triples must keep every triple. The parser's own account of unparsed triples misses those
     * that it files away and never asks for again: a restriction that nothing uses, a literal in a list of classes.
     */
    private void checkRoundTrip(OWLOntology ontology, File file) throws OWLException, IOException {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        ontology.getOWLOntologyManager().saveOntology(ontology, new NTriplesDocumentFormat(), written);
        Map<String, Integer> balance = new TreeMap<>();
        try (InputStream before = new FileInputStream(file)) {
            count(Rio.parse(before, "", RDFFormat.TURTLE), 1, balance);
        }
        count(Rio.parse(new ByteArrayInputStream(written.toByteArray()), "", RDFFormat.NTRIPLES), -1, balance);
        balance.forEach((triple, surplus) -> {
            if (surplus > 0) {
                report("LOST", triple);
            }
        });
    }

    /** Adds step to the number of each triple, written so that neither blank nodes nor the order of a pair matter. */
    private static void count(Iterable<Statement> triples, int step, Map<String, Integer> balance) {
        for (Statement triple : triples) {
            String subject = name(triple.getSubject());
            String object = name(triple.getObject());
            String predicate = triple.getPredicate().stringValue();
            if (SYMMETRIC.contains(predicate) && subject.compareTo(object) > 0) {
                String swapped = subject;
                subject = object;
                object = swapped;
            }
            balance.merge(subject + " <" + predicate + "> " + object, step, Integer::sum);
        }
    }

    private static String name(Value value) {
        return value instanceof BNode ? "_:blank" : value instanceof Literal ? value.toString() : "<" + value + ">";
    }

    /** One line, with the parser's numbering of blank nodes taken out: two runs must say the same. */
    private void report(String kind, String text) {
        String line = text.replaceAll("genid[-\\w]*", "blank").replaceAll("\\s+", " ").strip();
        findings.add(graph + "\t" + kind + "\t" + line);
    }
}
